/**
 * The prices of a channel from those of the main feed: exact, and rounded once.
 *
 * The rule. With the margin of its side, `ppm` parts per million and `amount`:
 *
 *     bid*  = bid  × (1 − ppm ⁄ 1,000,000) − amount
 *     ask*  = ask  × (1 + ppm ⁄ 1,000,000) + amount
 *     last* = last × (1 + ppm ⁄ 1,000,000) + amount
 *
 * Where margins have made bid* greater than ask*, both are their exact middle. Then bid* is rounded down to the tick
 * grid, ask* up, and last* to the nearest step, in the middle up. A price below one step becomes one step, and one above
 * the largest price becomes that. Each of these steps keeps bid ≤ ask, so a channel never crosses.
 *
 * How. A price before rounding is a fraction of whole numbers, and only the division at the end rounds. Whole numbers up
 * to 2⁵³ are exact as JavaScript numbers, and those beyond are computed as bigints: the same formula twice, because the
 * first one is what almost every tick needs and is many times as quick.
 */

import { type Instrument, priceMaxOf } from './instrument.ts';
import type { InstrumentMargins, SideMargin } from './margin.ts';
import type { Quote } from './tick.ts';

/** What `ppm` counts. */
const MILLION = 1_000_000;

/** Numerators up to this, doubled and doubled again, are still exact. */
const EXACT_MAX = Number.MAX_SAFE_INTEGER / 4;

const NO_MARGIN: SideMargin = { ppm: 0, amount: 0 };

/** The grid of an instrument, as the rule needs it. */
type Grid = Pick<Instrument, 'tickSize'>;

// #region quote
/**
 * What a channel with these margins shows for a quote of the main feed. Pure: the same arguments give the same prices,
 * today and in a replay. The quote must be on the instrument's grid.
 */
export function deriveQuote(quote: Quote, margins: InstrumentMargins, grid: Grid): Quote {
  const derived = {} as WritableQuote;
  writeQuote(derived, quote, margins, grid);
  return derived;
}
// #endregion quote

/** A quote that is being made. */
export type WritableQuote = { -readonly [Field in keyof Quote]: Quote[Field] };

/** Writes the same into an object that has further fields: it is made for every tick of every channel. */
export function writeQuote(target: WritableQuote, quote: Quote, margins: InstrumentMargins, grid: Grid): void {
  const { bid, ask, last } = quote;
  target.instrument = quote.instrument;
  if (bid !== undefined && ask !== undefined) {
    const spread = deriveSpread(bid, ask, margins, grid);
    target.bid = spread.bid;
    target.ask = spread.ask;
  }
  if (last !== undefined) target.last = deriveLast(last, margins, grid);
  target.sourceTime = quote.sourceTime;
}

/** Bid and ask of a channel. */
export function deriveSpread(bid: number, ask: number, margins: InstrumentMargins, grid: Grid) {
  const { bid: below = NO_MARGIN, ask: above = NO_MARGIN } = margins;
  if (isSmall(bid, below, grid) && isSmall(ask, above, grid)) {
    return spreadOf(millionths(bid, below, -1), millionths(ask, above, 1), grid);
  }
  return bigSpreadOf(bigMillionths(bid, below, -1), bigMillionths(ask, above, 1), grid);
}

/** The last price of a channel. */
export function deriveLast(last: number, { last: margin = NO_MARGIN }: InstrumentMargins, grid: Grid): number {
  if (isSmall(last, margin, grid)) {
    const step = grid.tickSize * MILLION;
    return clamp(floorDivide(2 * millionths(last, margin, 1) + step, 2 * step), grid);
  }
  const bigStep = BigInt(grid.tickSize) * BigInt(MILLION);
  return bigClamp(bigFloorDivide(2n * bigMillionths(last, margin, 1) + bigStep, 2n * bigStep), grid);
}

/** Whether a price with its margin, and a step, in millionths, are far from where numbers stop to be exact. */
function isSmall(price: number, { ppm, amount }: SideMargin, { tickSize }: Grid): boolean {
  const margined = price * (MILLION + Math.abs(ppm)) + Math.abs(amount) * MILLION;
  return margined < EXACT_MAX && tickSize * MILLION <= EXACT_MAX;
}

// #region spread
/** A price with its margin, before rounding, in millionths of a unit. */
function millionths(price: number, { ppm, amount }: SideMargin, sign: 1 | -1): number {
  return price * (MILLION + sign * ppm) + sign * amount * MILLION;
}

function spreadOf(bid: number, ask: number, grid: Grid) {
  const step = grid.tickSize * MILLION;
  if (bid <= ask) return pairOf(floorDivide(bid, step), ceilDivide(ask, step), grid);
  const middleTwice = bid + ask;
  return pairOf(floorDivide(middleTwice, 2 * step), ceilDivide(middleTwice, 2 * step), grid);
}

function pairOf(bidSteps: number, askSteps: number, grid: Grid) {
  return { bid: clamp(bidSteps, grid), ask: clamp(askSteps, grid) };
}
// #endregion spread

/** Rounded down; both are whole and exact. The quotient of doubles could round up to the next whole number. */
function floorDivide(numerator: number, denominator: number): number {
  const rest = numerator % denominator;
  return (numerator - rest) / denominator - (rest < 0 ? 1 : 0);
}

function ceilDivide(numerator: number, denominator: number): number {
  return -floorDivide(-numerator, denominator);
}

function clamp(steps: number, grid: Grid): number {
  return Math.min(Math.max(steps, 1), priceMaxOf(grid) / grid.tickSize) * grid.tickSize;
}

function bigMillionths(price: number, { ppm, amount }: SideMargin, sign: 1 | -1): bigint {
  const million = BigInt(MILLION);
  return BigInt(price) * (million + BigInt(sign * ppm)) + BigInt(sign * amount) * million;
}

function bigSpreadOf(bid: bigint, ask: bigint, grid: Grid) {
  const step = BigInt(grid.tickSize) * BigInt(MILLION);
  const isCrossed = bid > ask;
  const [low, high, unit] = isCrossed ? [bid + ask, bid + ask, 2n * step] : [bid, ask, step];
  return { bid: bigClamp(bigFloorDivide(low, unit), grid), ask: bigClamp(-bigFloorDivide(-high, unit), grid) };
}

function bigFloorDivide(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  return numerator % denominator < 0n ? quotient - 1n : quotient;
}

function bigClamp(steps: bigint, grid: Grid): number {
  const most = priceMaxOf(grid) / grid.tickSize;
  if (steps < 1n) return grid.tickSize;
  return steps > BigInt(most) ? most * grid.tickSize : Number(steps) * grid.tickSize;
}
