import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { formatDecimal, formatMargins, parseDecimal, parseMargins, SCALED_MAX } from '../src/index.ts';
import { textOf } from './support/expected-price.ts';

describe('decimal text', () => {
  it('becomes a whole number of the last decimal, and the same text again', () => {
    expect(parseDecimal('67123.45', 2, 'x')).toBe(6_712_345);
    expect(parseDecimal('67123.4500000', 2, 'x')).toBe(6_712_345);
    expect(parseDecimal('-0.00', 2, 'x')).toBe(0);
    expect(parseDecimal('7', 3, 'x')).toBe(7_000);
    expect(formatDecimal(-5, 2)).toBe('-0.05');
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 12 }), (scaled, decimals) => {
        const text = formatDecimal(scaled, decimals);
        expect(text).toBe(textOf(scaled, decimals));
        expect(parseDecimal(text, decimals, 'x')).toBe(scaled === 0 ? 0 : scaled);
      }),
      { numRuns: runs(500) },
    );
  });

  it('is refused where a digit would be lost, and where it is no decimal', () => {
    const bad = ['', '.', '1.', '.5', '1,5', '1e5', '0x10', ' 1', '+1', '--1', '1.234', 'NaN', '９', '1'.repeat(50)];
    for (const text of [...bad, String(SCALED_MAX)]) {
      expect(() => parseDecimal(text, 2, 'margins.X.bid.amount'), text).toThrowError(/^margins\.X\.bid\.amount /);
    }
  });
});

describe('margins in people’s words', () => {
  const instruments = new Map([['BTCUSDT', { id: 'BTCUSDT', decimals: 2, tickSize: 1 }]]);

  it('come back as they were, with all their digits', () => {
    const texts = {
      BTCUSDT: { bid: { basisPoints: '2.50', amount: '-0.10' }, last: { basisPoints: '0.00', amount: '0.00' } },
    };
    expect(formatMargins(parseMargins(texts, instruments), instruments)).toEqual(texts);
  });

  it('are refused with the path of the field that is wrong', () => {
    const bad: [unknown, string][] = [
      ['text', 'margins'],
      [[], 'margins'],
      [{ DOGE: {} }, 'margins.DOGE'],
      [{ BTCUSDT: null }, 'margins.BTCUSDT'],
      [{ BTCUSDT: { mid: {} } }, 'margins.BTCUSDT.mid'],
      [{ BTCUSDT: { bid: 5 } }, 'margins.BTCUSDT.bid'],
      [{ BTCUSDT: { bid: { basisPoints: 2.5 } } }, 'margins.BTCUSDT.bid.basisPoints'],
      [{ BTCUSDT: { bid: { basisPoints: '2.555' } } }, 'margins.BTCUSDT.bid.basisPoints'],
      [{ BTCUSDT: { bid: { basisPoints: '1000000.01' } } }, 'margins.BTCUSDT.bid.basisPoints'],
      [{ BTCUSDT: { ask: { amount: '0.001' } } }, 'margins.BTCUSDT.ask.amount'],
      [{ BTCUSDT: { ask: { amounts: '1' } } }, 'margins.BTCUSDT.ask.amounts'],
      [{ '*': { ask: { amount: '1' } } }, 'margins.*.ask.amount'],
      [JSON.parse('{"__proto__": {}}'), 'margins.__proto__'],
    ];
    for (const [value, field] of bad) {
      expect(() => parseMargins(value, instruments), JSON.stringify(value)).toThrowError(
        expect.objectContaining({ code: 'FIELD', field }),
      );
    }
  });
});
