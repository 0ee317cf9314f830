/**
 * The market of these benchmarks: its instruments, its ticks by their numbers, and what each channel adds. Everything
 * follows from numbers, so the load generator knows every price that must come without asking anybody.
 */

import type { Instrument, MarginsText, Tick } from '@micro-socket/price-feed';

export const MAIN_TOPIC = 'prices';

interface Listed extends Instrument {
  /** Around which price it moves, in units of its last decimal. */
  readonly around: number;
}

export const INSTRUMENTS: readonly Listed[] = [
  { id: 'BTCUSDT', decimals: 2, tickSize: 1, around: 6_712_345 },
  { id: 'ETHUSDT', decimals: 2, tickSize: 5, around: 351_205 },
  { id: 'SOLUSDT', decimals: 2, tickSize: 1, around: 18_437 },
  { id: 'EURUSD', decimals: 5, tickSize: 1, around: 108_421 },
  { id: 'USDJPY', decimals: 3, tickSize: 1, around: 151_377 },
  { id: 'XAUUSD', decimals: 2, tickSize: 10, around: 241_870 },
  { id: 'XRPUSDT', decimals: 4, tickSize: 1, around: 52_310 },
  { id: 'EURTRY', decimals: 4, tickSize: 5, around: 352_760 },
];

/** The source time of tick 0, long ago. Each tick has its own, which names it. */
const STARTED_AT = 1_700_000_000_000;

/** The instruments have ticks in turn. */
export function instrumentOf(number: number): Listed {
  return INSTRUMENTS[number % INSTRUMENTS.length] as Listed;
}

export function tickOf(number: number): Tick {
  const { id, tickSize, around } = instrumentOf(number);
  const steps = ((number * 7_919) % 401) - 200;
  const bid = around - (around % tickSize) + steps * tickSize;
  const ask = bid + (1 + (number % 4)) * tickSize;
  const sourceTime = STARTED_AT + number;
  return { instrument: id, bid, ask, last: number % 3 === 0 ? bid : ask, sourceTime, sourceSeq: number + 1 };
}

/** The number of the tick with this source time, whether there was one or not. */
export function numberAt(sourceTime: number): number {
  return sourceTime - STARTED_AT;
}

export function channelIdOf(channel: number): string {
  return `c${channel}`;
}

export function topicOf(channel: number): string {
  return `${MAIN_TOPIC}.${channelIdOf(channel)}`;
}

/** Every eighth channel is one that narrows its spread, so far that bid and ask meet in the middle. */
export function marginsOf(channel: number): MarginsText {
  const share = (place: number) => `${(channel * 37 + place * 11) % 40}.${String(channel % 100).padStart(2, '0')}`;
  const sign = channel % 8 === 7 ? '-' : '';
  const sides = (amount: object) => ({
    bid: { basisPoints: `${sign}${share(1)}`, ...amount },
    ask: { basisPoints: `${sign}${share(2)}`, ...amount },
    last: { basisPoints: share(3), ...amount },
  });
  return { '*': sides({}), BTCUSDT: sides({ amount: `${channel % 3}.25` }) };
}
