import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { Line, type Place } from '../src/memory/line.ts';

describe('Line', () => {
  it('keeps the order of those who stay, whoever leaves from whichever place', () => {
    const moves = fc.array(fc.option(fc.nat({ max: 20 })), { maxLength: 60 });
    fc.assert(
      fc.property(moves, (moves) => {
        const line = new Line<number>();
        const standing: Place<number>[] = [];
        const leave = (at: number) => {
          for (const place of standing.splice(at, 1)) line.leave(place);
        };
        for (const [number, leaver] of moves.entries()) {
          if (leaver === null) standing.push(line.join(number));
          else leave(leaver % Math.max(1, standing.length));
          expect(line.first).toBe(standing[0]?.item);
        }
        while (standing.length > 0) {
          expect(line.first).toBe(standing[0]?.item);
          leave(0);
        }
        expect(line.first).toBeUndefined();
      }),
      { numRuns: runs(100) },
    );
  });
});
