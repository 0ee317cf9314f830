import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { Gate } from '../src/core/gate.ts';
import { type Instrument, SCALED_MAX, type Tick } from '../src/index.ts';

const X: Instrument = { id: 'X', decimals: 2, tickSize: 5 };

const tick = (bid: number, ask: number, sourceTime = 1, more: Partial<Tick> = {}): Tick => {
  return { instrument: 'X', bid, ask, sourceTime, ...more };
};

describe('the gate', () => {
  it('lets good ticks pass, and counts them', () => {
    const gate = new Gate();
    expect(gate.judge(tick(100, 105), X)).toBeUndefined();
    expect(gate.judge(tick(105, 105, 1), X)).toBeUndefined();
    expect(gate.judge({ instrument: 'X', last: 100, sourceTime: 2 }, X)).toBeUndefined();
    expect(gate.accepted).toBe(3);
  });

  it('refuses what is malformed, unknown, crossed, absurd, repeated or out of order, and counts it by its reason', () => {
    const gate = new Gate();
    gate.judge(tick(100, 105, 10, { sourceSeq: 7 }), X);
    const bad: [Tick, Instrument | undefined, string][] = [
      [tick(100.5, 105, 11), X, 'malformed'],
      [tick(0, 105, 11), X, 'malformed'],
      [tick(-5, 105, 11), X, 'malformed'],
      [tick(Number.NaN, 105, 11), X, 'malformed'],
      [tick(100, 105, Number.POSITIVE_INFINITY), X, 'malformed'],
      [{ instrument: 'X', bid: 100, sourceTime: 11 }, X, 'malformed'],
      [{ instrument: 'X', sourceTime: 11 }, X, 'malformed'],
      [tick(100, 105, 11), undefined, 'unknown'],
      [tick(110, 105, 11), X, 'crossed'],
      [tick(101, 105, 11), X, 'absurd'],
      [tick(100, SCALED_MAX, 11), X, 'absurd'],
      [tick(100, 105, 10, { sourceSeq: 7 }), X, 'duplicate'],
      [tick(105, 110, 12, { sourceSeq: 7 }), X, 'duplicate'],
      [tick(105, 110, 12, { sourceSeq: 6 }), X, 'outOfOrder'],
      [tick(105, 110, 9), X, 'outOfOrder'],
      [tick(100, 105, 10), X, 'duplicate'],
      [tick(200, 205, 11), X, 'absurd'],
      [tick(45, 50, 11), X, 'absurd'],
    ];
    const expected: Record<string, number> = {};
    for (const [given, instrument, refusal] of bad) {
      expect(gate.judge(given, instrument), JSON.stringify(given)).toMatchObject({ refusal });
      expected[refusal] = (expected[refusal] ?? 0) + 1;
    }
    expect(gate.refused).toEqual(expected);
    expect(gate.accepted).toBe(1);
  });

  it('judges each instrument by itself', () => {
    const gate = new Gate();
    const y = { ...X, id: 'Y' };
    expect(gate.judge(tick(100, 105, 10), X)).toBeUndefined();
    expect(gate.judge({ ...tick(9_000, 9_005, 1), instrument: 'Y' }, y)).toBeUndefined();
  });

  it('believes a jump when five ticks in a row agree about it', () => {
    const gate = new Gate();
    gate.judge(tick(100, 105, 1), X);
    const jumped = (sourceTime: number) => gate.judge(tick(500, 505, sourceTime), X)?.refusal;
    expect([2, 3, 4].map(jumped)).toEqual(['absurd', 'absurd', 'absurd']);
    // One that is back at the old price says that those were wrong.
    expect(gate.judge(tick(105, 110, 5), X)).toBeUndefined();
    expect([6, 7, 8, 9, 10].map(jumped)).toEqual(['absurd', 'absurd', 'absurd', 'absurd', undefined]);
    expect(gate.judge(tick(100, 105, 11), X)?.refusal).toBe('absurd');
  });

  it('knows what others have stored', () => {
    const gate = new Gate();
    gate.learn(tick(100, 105, 10));
    gate.learn(tick(95, 100, 9));
    expect(gate.judge(tick(100, 105, 10), X)?.refusal).toBe('duplicate');
    expect(gate.judge(tick(95, 100, 9), X)?.refusal).toBe('outOfOrder');
  });

  it('never lets two ticks pass that stand in the wrong order, or one that is crossed or off the grid', () => {
    const anyTick = fc.record({
      bid: fc.integer({ min: -5, max: 300 }),
      ask: fc.integer({ min: -5, max: 300 }),
      sourceTime: fc.integer({ min: 0, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(anyTick, { maxLength: 60 }), (ticks) => {
        const gate = new Gate();
        const passed = ticks.filter((given) => gate.judge({ instrument: 'X', ...given }, X) === undefined);
        for (const [index, { bid, ask, sourceTime }] of passed.entries()) {
          expect(bid).toBeLessThanOrEqual(ask);
          expect(bid % 5 === 0 && ask % 5 === 0 && bid > 0).toBe(true);
          expect(sourceTime).toBeGreaterThanOrEqual(passed[index - 1]?.sourceTime ?? 0);
        }
        expect(gate.accepted).toBe(passed.length);
      }),
      { numRuns: runs(300) },
    );
  });
});
