/** Recorded files that are made up from a seed, with the texts that they are made of. */

import { Chance } from './chance.ts';
import { textOfUnits } from './exact.ts';
import type { PriceTexts } from './expected-price.ts';

/** What a line tells, in its own texts. */
export interface RecordedTick extends PriceTexts {
  readonly instrument: string;
  /** In milliseconds since 1970. */
  readonly sourceTime: number;
  readonly sourceSeq?: number;
}

export interface Recording {
  readonly fileName: string;
  readonly text: string;
  readonly ticks: readonly RecordedTick[];
}

const BEGINNING_MS = 1_735_689_600_000;

/** The trades of one symbol as Binance offers them, without a header: eight decimals, and microseconds. */
export function recordedTrades(seed: number, count: number): Recording {
  const chance = new Chance(seed);
  const ticks: RecordedTick[] = [];
  const lines: string[] = [];
  let cents = 9_354_217;
  let microseconds = BEGINNING_MS * 1_000;
  for (let n = 0; n < count; n++) {
    cents += chance.oneIn(3) ? 0 : chance.whole(-1_500, 1_500);
    microseconds += chance.whole(0, 900);
    const price = textOfUnits(cents, 2);
    const id = 4_400_000_000 + n;
    const amount = textOfUnits(chance.whole(1, 99_999), 5);
    const isMaker = chance.oneIn(2) ? 'True' : 'False';
    lines.push(`${id},${price}000000,${amount}000,${price}000000,${microseconds},${isMaker},True`);
    ticks.push({ instrument: 'BTCUSDT', last: price, sourceTime: microseconds / 1_000, sourceSeq: id });
  }
  return { fileName: 'BTCUSDT-trades-2025-01-01.csv', text: `${lines.join('\n')}\n`, ticks };
}

/** Instruments that the feed knows, with a price to begin with in units of the last decimal. */
const QUOTED = [
  { instrument: 'BTCUSDT', decimals: 2, step: 1, price: 9_354_200 },
  { instrument: 'BNBUSDT', decimals: 2, step: 10, price: 70_120 },
  { instrument: 'XRPUSDT', decimals: 4, step: 1, price: 20_816 },
  { instrument: 'EURUSD', decimals: 5, step: 1, price: 103_521 },
  { instrument: 'USDJPY', decimals: 3, step: 1, price: 157_214 },
  { instrument: 'EURTRY', decimals: 4, step: 1, price: 366_112 },
] as const;

/**
 * Quotes in the feed's own columns: some ticks have bid and ask, some the last price, most have all three. Times go on
 * from `after` lines. The first lines have one instrument each.
 */
export function recordedQuotes(seed: number, count: number, after = 0): Recording {
  const chance = new Chance(seed);
  const prices = QUOTED.map(({ price }) => price as number);
  const ticks: RecordedTick[] = [];
  const lines = ['time,instrument,bid,ask,last,seq'];
  for (let n = 0; n < count; n++) {
    const index = n < QUOTED.length ? n : chance.whole(0, QUOTED.length - 1);
    const { instrument, decimals, step } = QUOTED[index] as (typeof QUOTED)[number];
    const price = (prices[index] as number) + chance.whole(-4, 4) * step;
    prices[index] = price;
    const kind = chance.whole(1, 4);
    const bid = kind === 1 ? undefined : textOfUnits(price, decimals);
    const ask = kind === 1 ? undefined : textOfUnits(price + chance.whole(0, 3) * step, decimals);
    const last = kind === 2 ? undefined : textOfUnits(price + chance.whole(-2, 2) * step, decimals);
    const sourceTime = BEGINNING_MS + after + n;
    const sourceSeq = 1_000 + after + n;
    lines.push([sourceTime, instrument, bid ?? '', ask ?? '', last ?? '', sourceSeq].join(','));
    const spread = bid === undefined || ask === undefined ? {} : { bid, ask };
    ticks.push({ instrument, ...spread, ...(last === undefined ? {} : { last }), sourceTime, sourceSeq });
  }
  return { fileName: `quotes-${after}.csv`, text: `${lines.join('\n')}\n`, ticks };
}
