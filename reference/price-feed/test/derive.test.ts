import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import {
  BASIS_POINTS_MAX,
  deriveQuote,
  type Instrument,
  type InstrumentMargins,
  parseMargins,
  priceMaxOf,
  type Quote,
  SCALED_MAX,
} from '../src/index.ts';
import { expectedPrice, textOf, textsOf } from './support/expected-price.ts';

const BTC: Instrument = { id: 'BTCUSDT', decimals: 2, tickSize: 1 };

const derived = (
  quote: Omit<Quote, 'instrument' | 'sourceTime'>,
  margins: InstrumentMargins,
  grid: Instrument = BTC,
) => {
  const { bid, ask, last } = deriveQuote({ instrument: grid.id, sourceTime: 0, ...quote }, margins, grid);
  return { bid, ask, last };
};

describe('deriving a price', () => {
  it('is the price of the main feed where there is no margin', () => {
    expect(derived({ bid: 6_712_345, ask: 6_712_350, last: 6_712_347 }, {})).toEqual({
      bid: 6_712_345,
      ask: 6_712_350,
      last: 6_712_347,
    });
  });

  it('takes basis points and an amount from the bid, and adds them to the ask and to the last price', () => {
    const margin = { ppm: 1_000, amount: 50 };
    expect(
      derived({ bid: 1_000_000, ask: 1_000_100, last: 1_000_000 }, { bid: margin, ask: margin, last: margin }),
    ).toEqual({
      bid: 998_950,
      ask: 1_001_151,
      last: 1_001_050,
    });
  });

  it('rounds the bid down and the ask up to the grid, and the last price to the nearest step, in the middle up', () => {
    const grid = { ...BTC, tickSize: 5 };
    const half = { ppm: 500_000, amount: 0 };
    expect(derived({ bid: 105, ask: 105, last: 15 }, { bid: half, ask: half, last: half }, grid)).toEqual({
      bid: 50,
      ask: 160,
      last: 25,
    });
    expect(derived({ last: 45 }, { last: { ppm: 500_000, amount: 0 } }, { ...BTC, tickSize: 15 }).last).toBe(75);
  });

  it('meets in the middle where negative margins would cross bid and ask', () => {
    const narrow = { ppm: 0, amount: -10 };
    expect(derived({ bid: 100, ask: 105 }, { bid: narrow, ask: narrow })).toMatchObject({ bid: 102, ask: 103 });
    expect(derived({ bid: 100, ask: 104 }, { bid: narrow, ask: narrow })).toMatchObject({ bid: 102, ask: 102 });
  });

  it('stays between one step and the largest price, however huge the margin', () => {
    const huge = { ppm: BASIS_POINTS_MAX * 100, amount: SCALED_MAX };
    const grid = { ...BTC, tickSize: 10 };
    expect(derived({ bid: 1_000, ask: 1_010, last: 1_000 }, { bid: huge, ask: huge, last: huge }, grid)).toEqual({
      bid: 10,
      ask: priceMaxOf(grid),
      last: priceMaxOf(grid),
    });
  });

  it('leaves out what the main feed does not tell', () => {
    expect(derived({ last: 100 }, {})).toEqual({ bid: undefined, ask: undefined, last: 100 });
    expect(derived({ bid: 100, ask: 101 }, {})).toEqual({ bid: 100, ask: 101, last: undefined });
  });

  it('equals the same calculation in decimals, to the last digit, for any price and any margin (I7)', () => {
    fc.assert(
      fc.property(
        instruments,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
        margins,
        (grid, shares, texts) => {
          const [low, high, last] = pricesOf(shares, grid);
          const quote = { instrument: 'X', bid: low, ask: high, last, sourceTime: 0 };
          const parsed = parseMargins({ X: marginTexts(texts, grid) }, new Map([['X', grid]]))[
            'X'
          ] as InstrumentMargins;
          const result = deriveQuote(quote, parsed, grid);
          const step = textOf(grid.tickSize, grid.decimals);
          const most = textOf(priceMaxOf(grid), grid.decimals);
          expect(textsOf(result, grid.decimals)).toEqual(
            expectedPrice(textsOf(quote, grid.decimals), marginTexts(texts, grid), { step, most }),
          );
          expect(result.bid as number).toBeLessThanOrEqual(result.ask as number);
        },
      ),
      { numRuns: runs(2_000) },
    );
  });
});

const instruments = fc
  .record({ decimals: fc.integer({ min: 0, max: 12 }), tickSize: fc.constantFrom(1, 2, 5, 10, 25, 1_000, 1_000_000) })
  .map((grid): Instrument => ({ id: 'X', ...grid }));

/** Negative, zero, ordinary and huge. */
const hundredths = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -20_000, max: 20_000 }),
  fc.integer({ min: -BASIS_POINTS_MAX * 100, max: BASIS_POINTS_MAX * 100 }),
);
const amounts = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -5_000, max: 5_000 }),
  fc.integer({ min: -SCALED_MAX, max: SCALED_MAX }),
);
const margin = fc.record({ hundredths, amount: amounts });
const margins = fc.record({ bid: margin, ask: margin, last: margin });

type MarginNumbers = { hundredths: number; amount: number };

function marginTexts(numbers: Record<'bid' | 'ask' | 'last', MarginNumbers>, { decimals }: Instrument) {
  const texts = (of: MarginNumbers) => ({ basisPoints: textOf(of.hundredths, 2), amount: textOf(of.amount, decimals) });
  return { bid: texts(numbers.bid), ask: texts(numbers.ask), last: texts(numbers.last) };
}

/** Prices on the grid: small ones, ordinary ones, and those close to the largest; bid not above ask. */
function pricesOf(shares: readonly number[], grid: Instrument): [number, number, number] {
  const stepsMax = priceMaxOf(grid) / grid.tickSize;
  const prices = shares.map((share) => {
    const steps = Math.min(stepsMax, Math.max(1, Math.floor(stepsMax ** (share < 0.01 ? 1 : share))));
    return steps * grid.tickSize;
  });
  const [one = 1, other = 1, last = 1] = prices;
  return [Math.min(one, other), Math.max(one, other), last];
}
