import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { Fifo } from '../src/parts/fifo.ts';

describe('Fifo', () => {
  it('is an array from whose front items are taken, at every place and over many moves of the rest', () => {
    const bursts = fc.array(fc.integer({ min: -120, max: 120 }), { maxLength: 30 });
    fc.assert(
      fc.property(bursts, (bursts) => {
        const fifo = new Fifo<number>();
        const items: number[] = [];
        let next = 0;
        for (const burst of bursts) {
          for (let more = burst; more > 0; more--) {
            fifo.push(next);
            items.push(next++);
          }
          for (let less = burst; less < 0; less++) expect(fifo.shift()).toBe(items.shift());
          expect(fifo.length).toBe(items.length);
          expect(fifo.oldest).toBe(items[0]);
          expect(fifo.slice(0, items.length)).toEqual(items);
          expect(fifo.slice(3, 7)).toEqual(items.slice(3, 7));
          expect([fifo.at(-1), fifo.at(items.length)]).toEqual([undefined, undefined]);
          expect(fifo.at(items.length - 1)).toBe(items.at(-1));
        }
      }),
      { numRuns: runs(100) },
    );
  });
});
