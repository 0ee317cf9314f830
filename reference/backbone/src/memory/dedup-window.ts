/**
 * The message ids of the last `dedupWindowMs`, over all topics (I2).
 *
 * Ids leave in the order in which they came, each at its own time, so a busy publisher cannot keep old ids alive. When
 * the window is full, new messages are refused rather than an id forgotten too early: a weaker promise would be silent.
 */

import type { PublishRequest, PublishResult } from '../contract.ts';
import { fingerprintOf } from './fingerprint.ts';

interface Remembered {
  readonly position: PublishResult['position'];
  readonly fingerprint: number;
  readonly expiresAt: number;
}

export class DedupWindow {
  readonly #windowMs: number;
  readonly #entriesMax: number;
  /** Insertion order is expiry order, because every entry lives equally long. */
  readonly #entries = new Map<string, Remembered>();
  /**
   * Stands behind `#oldest`. It is kept between calls, because a new iterator would walk over the places of everything
   * that was deleted before it, in every call.
   */
  #iterator = this.#entries.entries();
  #oldest: readonly [string, Remembered] | undefined;

  constructor(windowMs: number, entriesMax: number) {
    this.#windowMs = windowMs;
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Forgets what is older than the window. `now` is in milliseconds since 1970. */
  expire(now: number): void {
    for (;;) {
      this.#oldest ??= this.#next();
      if (this.#oldest === undefined || this.#oldest[1].expiresAt > now) return;
      this.#entries.delete(this.#oldest[0]);
      this.#oldest = undefined;
    }
  }

  isFull(): boolean {
    return this.#entries.size >= this.#entriesMax;
  }

  /** The first publish of this id, and whether its payload was the same. */
  find(request: PublishRequest): { position: PublishResult['position']; sameContent: boolean } | undefined {
    const found = this.#entries.get(keyOf(request));
    if (found === undefined) return undefined;
    return { position: found.position, sameContent: found.fingerprint === fingerprintOf(request.payload) };
  }

  /** Remembers an id whose message has been stored. */
  commit(request: PublishRequest, position: PublishResult['position'], now: number): void {
    this.#entries.set(keyOf(request), {
      position,
      fingerprint: fingerprintOf(request.payload),
      expiresAt: now + this.#windowMs,
    });
  }

  #next(): readonly [string, Remembered] | undefined {
    const step = this.#iterator.next();
    if (!step.done) return step.value;
    // An iterator that has come to the end stays there, whatever is added later.
    this.#iterator = this.#entries.entries();
    return this.#iterator.next().value;
  }
}

/** No part can hold a line feed: topics and ids are printable, and publishers are names without control characters. */
function keyOf({ topic, publisher, messageId }: PublishRequest): string {
  return `${topic}\n${messageId}\n${publisher}`;
}
