/** What to ask Binance for: the instruments of the symbols, and the address of their combined streams. */

import { defaultInstrument } from '../default-instruments.ts';
import { PriceFeedError } from '../errors.ts';
import { checkedInstrument, INSTRUMENTS_MAX, type Instrument } from '../instrument.ts';
import { exactInstrument } from './instrument-option.ts';

export const BINANCE_URL = 'wss://stream.binance.com:9443';

const STREAMS = ['miniTicker', 'bookTicker'];
const SYMBOL = /^[A-Za-z0-9]{1,32}$/;

/** Those that are given come first, then those of the table; all others are exact. Throws `PriceFeedError` FIELD. */
export function binanceInstruments(symbols: readonly string[], given: readonly Instrument[]): Instrument[] {
  const byId = new Map(given.map((instrument) => [instrument.id, checkedInstrument(instrument)]));
  const ids = [...new Set(symbols.map((symbol) => symbol.toUpperCase()))];
  if (ids.length === 0 || ids.length > INSTRUMENTS_MAX) {
    const message = `Name 1 to ${INSTRUMENTS_MAX} symbols, such as BTCUSDT; there are ${ids.length}.`;
    throw new PriceFeedError('FIELD', message, 'symbols');
  }
  return ids.map((id) => {
    if (SYMBOL.test(id)) return byId.get(id) ?? defaultInstrument(id) ?? exactInstrument(id);
    const message = `A symbol is 1 to 32 letters and digits, such as BTCUSDT, not ${id.slice(0, 40)}.`;
    throw new PriceFeedError('FIELD', message, 'symbols');
  });
}

/** `base` is scheme, host and port. Throws `PriceFeedError` FIELD for an address that is none. */
export function binanceStreamUrl(base: string, instruments: readonly Instrument[]): string {
  if (!/^wss?:\/\/[^/?#\s]+\/?$/.test(base) || !URL.canParse(base)) {
    const message = `The address of the exchange is such as ${BINANCE_URL}, without a path, not ${base.slice(0, 120)}.`;
    throw new PriceFeedError('FIELD', message, 'url');
  }
  const streams = instruments.flatMap(({ id }) => STREAMS.map((stream) => `${id.toLowerCase()}@${stream}`));
  return `${base.replace(/\/$/, '')}/stream?streams=${streams.join('/')}`;
}
