/**
 * Makes complete ticks of the two streams of each symbol.
 *
 * A tick carries all that is known of its instrument, so that a new last price does not take the book away. What is
 * known is what this connection has told: after a loss everything is forgotten, because a price from before it says
 * nothing about now.
 *
 * The update id of the book is no sourceSeq: the last price has none, and order would be judged by a number that stands
 * still while the price moves. Order is judged by the source time, which rises with every tick of an instrument. It is
 * the exchange's where it gives one that can be true, and otherwise the time of receipt.
 */

import { parseDecimal } from '../decimal.ts';
import type { Instrument } from '../instrument.ts';
import type { Tick } from '../tick.ts';
import type { BinanceMessage } from './binance-messages.ts';

type PriceMessage = Extract<BinanceMessage, { kind: 'last' | 'book' }>;

interface Known {
  readonly instrument: Instrument;
  bid: number | undefined;
  ask: number | undefined;
  last: number | undefined;
  sourceTime: number;
}

/** A microsecond: two ticks of an instrument that come in the same moment are so far apart. */
const STEP_MS = 0.001;

/** An event time that is further than this from the time of receipt is not believed, in milliseconds. */
const EVENT_TIME_OFF_MAX_MS = 60_000;

export class BinanceMerge {
  readonly #known: ReadonlyMap<string, Known>;

  constructor(instruments: readonly Instrument[]) {
    const nothing = { bid: undefined, ask: undefined, last: undefined, sourceTime: 0 };
    this.#known = new Map(instruments.map((instrument) => [instrument.id, { instrument, ...nothing }]));
  }

  /**
   * The tick that a message makes, `undefined` for a symbol that is none of ours. `receivedAt` is in milliseconds since
   * 1970. Throws `PriceFeedError` FIELD for a price that the instrument cannot have; nothing has changed then.
   */
  tick(message: PriceMessage, receivedAt: number): Tick | undefined {
    const known = this.#known.get(message.symbol);
    if (known === undefined) return undefined;
    const { id, decimals } = known.instrument;
    if (message.kind === 'book') {
      const bid = parseDecimal(message.bid, decimals, 'bid');
      known.ask = parseDecimal(message.ask, decimals, 'ask');
      known.bid = bid;
    } else {
      known.last = parseDecimal(message.last, decimals, 'last');
    }
    known.sourceTime = Math.max(timeOf(message, receivedAt), known.sourceTime + STEP_MS);
    const { bid, ask, last, sourceTime } = known;
    return {
      instrument: id,
      ...(bid === undefined ? {} : { bid, ask }),
      ...(last === undefined ? {} : { last }),
      sourceTime,
    };
  }

  /** Forgets all prices, because the connection that told them is lost. Source times go on rising. */
  forget(): void {
    for (const known of this.#known.values()) {
      known.bid = undefined;
      known.ask = undefined;
      known.last = undefined;
    }
  }
}

function timeOf(message: PriceMessage, receivedAt: number): number {
  if (message.kind === 'book') return receivedAt;
  return Math.abs(message.eventTime - receivedAt) <= EVENT_TIME_OFF_MAX_MS ? message.eventTime : receivedAt;
}
