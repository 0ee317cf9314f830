/** A bound on events per second that lets a burst through. */

/** How many seconds' worth may come at once. */
const BURST_SECONDS = 2;

export class TokenBucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #filledAt: number;

  constructor(perSecond: number, now: number) {
    this.#perMs = perSecond / 1_000;
    this.#capacity = perSecond * BURST_SECONDS;
    this.#tokens = this.#capacity;
    this.#filledAt = now;
  }

  /** Takes one event; answers 0, or how many milliseconds too early it came. A clock that steps back adds nothing. */
  take(now: number): number {
    const elapsedMs = Math.max(0, now - this.#filledAt);
    this.#filledAt = now;
    this.#tokens = Math.min(this.#capacity, this.#tokens + elapsedMs * this.#perMs);
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil((1 - this.#tokens) / this.#perMs);
  }
}
