/** Puts the prices of two feeds side by side, and tells the exact difference. */

import { formatDecimal, type Quote } from '@micro-socket/price-feed';

/** A message of the main feed or of a channel, as far as it is shown here. */
export interface PriceMessage {
  readonly seqNo: number;
  readonly data: unknown;
}

/** One instrument at one position of both feeds. */
export interface Pair {
  readonly seqNo: number;
  readonly decimals: number;
  readonly main: Quote;
  readonly channel: Quote;
}

/** For how many ticks of one feed the other one may be late; beyond, the oldest are forgotten. */
const WAITING_MAX = 1_000;

/**
 * Finds the two prices that belong together. A channel gives each message the seqNo that it has on the main feed, so the
 * tick of one feed and the tick of the other with the same seqNo are one and the same change of the market.
 */
export class SideBySide {
  readonly #pairs = new Map<string, Pair>();
  readonly #decimals = new Map<string, number>();
  readonly #waiting = { main: new Map<number, Quote>(), channel: new Map<number, Quote>() };

  /** The newest pair of each instrument, by its name. */
  inOrder(): Pair[] {
    return [...this.#pairs.values()].sort((one, other) => (one.main.instrument < other.main.instrument ? -1 : 1));
  }

  // #region pair
  take(side: 'main' | 'channel', { seqNo, data }: PriceMessage): void {
    const message = data as { type?: string };
    if (message.type === 'instrument') this.#define(data as { instrument: string; decimals: number });
    if (message.type !== 'tick') return;
    const quote = data as Quote;
    const other = this.#waiting[side === 'main' ? 'channel' : 'main'];
    const match = other.get(seqNo);
    if (match === undefined) {
      this.#wait(side, seqNo, quote);
      return;
    }
    other.delete(seqNo);
    const [main, channel] = side === 'main' ? [quote, match] : [match, quote];
    this.#pairs.set(quote.instrument, { seqNo, decimals: this.#decimals.get(quote.instrument) ?? 0, main, channel });
  }
  // #endregion pair

  #define({ instrument, decimals }: { instrument: string; decimals: number }): void {
    this.#decimals.set(instrument, decimals);
  }

  #wait(side: 'main' | 'channel', seqNo: number, quote: Quote): void {
    const waiting = this.#waiting[side];
    waiting.set(seqNo, quote);
    if (waiting.size <= WAITING_MAX) return;
    for (const oldest of waiting.keys()) {
      waiting.delete(oldest);
      return;
    }
  }
}

// #region line
/** One line: what the main feed says, what the channel says, and what lies between, without a rounded digit. */
export function lineOf({ seqNo, decimals, main, channel }: Pair): string {
  const side = (name: 'bid' | 'ask') => {
    const [ours, theirs] = [main[name], channel[name]];
    if (ours === undefined || theirs === undefined) return '';
    const difference = formatDecimal(theirs - ours, decimals);
    const signed = theirs > ours ? `+${difference}` : difference;
    const text = (price: number) => formatDecimal(price, decimals).padStart(11);
    return `${name} ${text(ours)} ${text(theirs)} ${signed.padStart(9)}`;
  };
  return `${main.instrument.padEnd(8)} ${side('bid')}   ${side('ask')}   at ${seqNo}`;
}
// #endregion line
