/** The price of a channel by the written rule, computed from texts in decimals. */

import type { Quote, SideMarginText } from '../../src/index.ts';
import { Decimal } from './decimals.ts';

/** What the rule needs, as people write it. */
export interface PriceTexts {
  readonly bid?: string | undefined;
  readonly ask?: string | undefined;
  readonly last?: string | undefined;
}

export interface GridTexts {
  /** The step between two prices. */
  readonly step: string;
  /** The largest price that there is. */
  readonly most: string;
}

type MarginTexts = Partial<Record<'bid' | 'ask' | 'last', SideMarginText>>;

const HALF = Decimal.of('0.5');

export function expectedPrice(prices: PriceTexts, margins: MarginTexts, grid: GridTexts): PriceTexts {
  const step = Decimal.of(grid.step);
  const places = step.places;
  const shown = (price: Decimal) => price.within(step, Decimal.of(grid.most)).text(places);
  const texts: { bid?: string; ask?: string; last?: string } = {};
  if (prices.bid !== undefined && prices.ask !== undefined) {
    let bid = Decimal.of(prices.bid).minus(addedTo(prices.bid, margins.bid));
    let ask = Decimal.of(prices.ask).plus(addedTo(prices.ask, margins.ask));
    if (bid.isAbove(ask)) {
      bid = bid.plus(ask).times(HALF);
      ask = bid;
    }
    texts.bid = shown(bid.downTo(step));
    texts.ask = shown(ask.upTo(step));
  }
  if (prices.last !== undefined) {
    texts.last = shown(Decimal.of(prices.last).plus(addedTo(prices.last, margins.last)).nearestTo(step));
  }
  return texts;
}

function addedTo(price: string, { basisPoints = '0', amount = '0' }: SideMarginText = {}): Decimal {
  return Decimal.of(price).times(Decimal.of(basisPoints)).times(Decimal.of('0.0001')).plus(Decimal.of(amount));
}

/** A quote in texts, with the digits of its instrument. */
export function textsOf({ bid, ask, last }: Pick<Quote, 'bid' | 'ask' | 'last'>, decimals: number): PriceTexts {
  const text = (scaled: number | undefined) => (scaled === undefined ? undefined : textOf(scaled, decimals));
  const texts = { bid: text(bid), ask: text(ask), last: text(last) };
  return Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== undefined));
}

/** Written anew, so that a mistake in the code under test is not repeated here. */
export function textOf(scaled: number, decimals: number): string {
  const sign = scaled < 0 ? '-' : '';
  const digits = String(Math.abs(scaled))
    .padStart(decimals + 1, '0')
    .split('');
  if (decimals > 0) digits.splice(digits.length - decimals, 0, '.');
  return sign + digits.join('');
}
