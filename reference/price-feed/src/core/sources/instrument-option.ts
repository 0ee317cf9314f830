/** An instrument as people name it in an option: `BTCUSDT:2:0.01`. */

import { parseDecimal } from '../decimal.ts';
import { PriceFeedError } from '../errors.ts';
import { checkedInstrument, type Instrument } from '../instrument.ts';

const OPTION = /^([^:]+):(\d{1,2}):([^:]+)$/;

/** No exchange price has more. */
const EXCHANGE_DECIMALS = 8;

/** `ID:DECIMALS:TICK`, the tick as a price. Throws `PriceFeedError` FIELD. */
export function parseInstrumentOption(text: string): Instrument {
  const [, id, decimals, tick] = OPTION.exec(text) ?? [];
  if (id === undefined || decimals === undefined || tick === undefined) {
    const message = `An instrument is given as ID:DECIMALS:TICK, such as BTCUSDT:2:0.01, not ${text.slice(0, 80)}.`;
    throw new PriceFeedError('FIELD', message, 'instrument');
  }
  return instrumentOfTexts(id, Number(decimals), tick);
}

/** An instrument whose step is decimal text. Throws `PriceFeedError` FIELD. */
export function instrumentOfTexts(id: string, decimals: number, tick: string): Instrument {
  checkedInstrument({ id, decimals, tickSize: 1 });
  return checkedInstrument({ id, decimals, tickSize: parseDecimal(tick, decimals, 'tickSize') });
}

/** Prices as an exchange gives them, with up to eight decimals and any step: exact for every instrument. */
export function exactInstrument(id: string): Instrument {
  return checkedInstrument({ id, decimals: EXCHANGE_DECIMALS, tickSize: 1 });
}
