/**
 * What a store has said that it holds: the place of each message of the run that goes on, and the newest ones of each
 * topic for good, to be compared with what is read back. No clock and no sockets here.
 *
 * One publisher's messages of a topic are stored in the order in which it sent them, so their places must rise with
 * their numbers.
 */

import { BenchError } from '../errors.ts';

/** How many messages are read back, of all topics together; a gateway gives no more at once. */
export const READ_BACK_MAX = 1_000;

export interface Held {
  readonly number: number;
  readonly seqNo: number;
}

export interface LedgerOptions {
  /** How many topics there are. */
  readonly topics: number;
  topicOf(number: number): string;
}

export class Ledger {
  readonly #options: LedgerOptions;
  readonly #held = new Map<string, Held[]>();
  #fresh: Held[] = [];

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  add(number: number, seqNo: number): void {
    this.#fresh.push({ number, seqNo });
  }

  /** The newest messages of each topic, oldest first. Throws `BenchError` when the places are not in order. */
  settle(): ReadonlyMap<string, readonly Held[]> {
    const fresh = this.#fresh.sort((a, b) => a.number - b.number);
    this.#fresh = [];
    for (const held of fresh) this.#take(held);
    const kept = Math.max(1, Math.floor(READ_BACK_MAX / this.#options.topics));
    for (const [topic, list] of this.#held) this.#held.set(topic, list.slice(-kept));
    return this.#held;
  }

  #take(held: Held): void {
    const topic = this.#options.topicOf(held.number);
    const list = this.#held.get(topic) ?? [];
    const before = list.at(-1);
    if (before !== undefined && before.seqNo >= held.seqNo) {
      const what = `message ${held.number} was acknowledged at ${held.seqNo}, and message ${before.number} before it at ${before.seqNo}`;
      throw new BenchError('MESSAGE_OUT_OF_ORDER', what);
    }
    list.push(held);
    this.#held.set(topic, list);
  }
}
