/** The prices of a channel by the written rule, from texts: what the suite expects of every one that is delivered. */

import { downTo, type Exact, exact, half, inUnits, nearest, product, upTo } from './exact.ts';

export const SIDES = ['bid', 'ask', 'last'] as const;
export type Side = (typeof SIDES)[number];

/** Prices as they are written. */
export type PriceTexts = Readonly<Partial<Record<Side, string>>>;

export interface MarginText {
  readonly basisPoints?: string;
  readonly amount?: string;
}

export type SidesText = Readonly<Partial<Record<Side, MarginText>>>;

/** By instrument; `*` is for those that are not named. */
export type MarginsText = Readonly<Record<string, SidesText>>;

export interface Grid {
  readonly decimals: number;
  /** In units of the last decimal. */
  readonly tickSize: number;
}

/** Prices in units of the last decimal. */
export type PriceUnits = Readonly<Partial<Record<Side, number>>>;

const TEN_THOUSANDTH = exact('0.0001');

export function expectedPrices(prices: PriceTexts, instrument: string, margins: MarginsText, grid: Grid): PriceUnits {
  const { [instrument]: own, '*': others = {} } = margins;
  const sides = own ?? others;
  const expected: Partial<Record<Side, number>> = {};
  const step = BigInt(grid.tickSize) * (exact('1') / 10n ** BigInt(grid.decimals));
  const shown = (price: Exact) => inUnits(within(price, step, grid), grid.decimals);
  if (prices.bid !== undefined && prices.ask !== undefined) {
    let bid = exact(prices.bid) - added(prices.bid, sides.bid);
    let ask = exact(prices.ask) + added(prices.ask, sides.ask);
    if (bid > ask) bid = ask = half(bid + ask);
    expected.bid = shown(downTo(step, bid));
    expected.ask = shown(upTo(step, ask));
  }
  if (prices.last !== undefined) {
    expected.last = shown(nearest(step, exact(prices.last) + added(prices.last, sides.last)));
  }
  return expected;
}

/** What a margin is worth at a price. */
function added(price: string, { basisPoints = '0', amount = '0' }: MarginText = {}): Exact {
  return product(product(exact(price), exact(basisPoints)), TEN_THOUSANDTH) + exact(amount);
}

/** At least one step, and at most the last one that a whole number of JSON can tell. */
function within(price: Exact, step: Exact, { tickSize }: Grid): Exact {
  const most = (BigInt(Number.MAX_SAFE_INTEGER) / BigInt(tickSize)) * step;
  if (price < step) return step;
  return price > most ? most : price;
}
