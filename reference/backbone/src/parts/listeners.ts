/**
 * Who listens to one topic, and how entries are handed to them.
 *
 * Everyone gets every entry in the same turn, in one order, even when a listener publishes to the topic it is hearing
 * from: what comes while an entry is being handed out waits until all have that entry. (What waits is bounded by the
 * dedup window, since each is a message with an id of its own.)
 */

import type { Entry, EntryListener } from '../contract.ts';

interface Joined {
  readonly listener: EntryListener;
  /** Where the topic stood when it joined. Only what comes after is for it. */
  readonly afterSeqNo: number;
}

export class Listeners {
  readonly #joined = new Set<Joined>();
  readonly #onError: (error: unknown) => void;
  readonly #waiting: Entry[] = [];
  #handingOut = false;

  /** `onError` hears of what a listener threw; it must not throw itself. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#joined.size;
  }

  /** Joins a listener and gives what ends it. The same function may join more than once. */
  join(listener: EntryListener, afterSeqNo: number): () => void {
    const joined = { listener, afterSeqNo };
    this.#joined.add(joined);
    return () => this.#joined.delete(joined);
  }

  // #region deliver
  /** Hands an entry to everyone who listens now. */
  deliver(entry: Entry): void {
    this.#waiting.push(entry);
    if (this.#handingOut) return;
    this.#handingOut = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) this.#handOut(next);
    } finally {
      this.#handingOut = false;
    }
  }

  #handOut(entry: Entry): void {
    for (const { listener, afterSeqNo } of this.#joined) {
      if (entry.seqNo <= afterSeqNo) continue;
      try {
        listener(entry);
      } catch (error) {
        // The message is stored and the others need it: one listener's failure is nobody else's.
        this.#onError(error);
      }
    }
  }
  // #endregion deliver
}
