/** What is traded, and in which steps its price moves. */

import { SCALED_MAX } from './decimal.ts';
import { PriceFeedError } from './errors.ts';

export interface Instrument {
  /** 1 to 32 characters of `A–Z a–z 0–9 _ -`, the first one a letter or a digit, such as `BTCUSDT`. */
  readonly id: string;
  /** How many digits stand behind the point: a price of 1 is 10 to the minus this. 0 to 12. */
  readonly decimals: number;
  /** The step between two prices, in units of the last decimal; every price is a whole multiple of it. At least 1. */
  readonly tickSize: number;
}

/** The most decimals that a price may have. */
export const DECIMALS_MAX = 12;

/** How many instruments one feed may have: a channel that changes its margins quotes all of them in one message. */
export const INSTRUMENTS_MAX = 256;

const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;

export function isInstrumentId(text: string): boolean {
  return ID.test(text);
}

/** Throws `PriceFeedError` FIELD. */
export function checkedInstrument({ id, decimals, tickSize }: Instrument): Instrument {
  if (!isInstrumentId(id)) {
    throw new PriceFeedError('FIELD', `An instrument is 1 to 32 characters of A-Z a-z 0-9 _ -, not ${id}.`, 'id');
  }
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > DECIMALS_MAX) {
    const message = `decimals of ${id} is a whole number from 0 to ${DECIMALS_MAX}, not ${decimals}.`;
    throw new PriceFeedError('FIELD', message, 'decimals');
  }
  if (!Number.isInteger(tickSize) || tickSize < 1 || tickSize > SCALED_MAX) {
    const message = `tickSize of ${id} is a whole number of its last decimal, from 1 on, not ${tickSize}.`;
    throw new PriceFeedError('FIELD', message, 'tickSize');
  }
  return { id, decimals, tickSize };
}

/** The largest price of an instrument: the last step that a whole number can tell exactly. */
export function priceMaxOf({ tickSize }: Pick<Instrument, 'tickSize'>): number {
  return SCALED_MAX - (SCALED_MAX % tickSize);
}
