/** When something is tried again: the first time at once, and with growing pauses while it does not last. */

import type { Clock, Random, Timer } from '@micro-socket/transport';
import { backOffMs, STABLE_MS } from './back-off.ts';

export class RetryPace {
  readonly #clock: Clock;
  readonly #random: Random;
  #failures = 0;
  #lastsSince: number | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** It works, from now on. */
  works(): void {
    this.#lastsSince = this.#clock.now();
  }

  /** It has ended: tries again at once if it had lasted for a while, and otherwise later. */
  again(action: () => void): void {
    if (this.#lastsSince !== undefined && this.#clock.now() - this.#lastsSince >= STABLE_MS) this.#failures = 0;
    this.#lastsSince = undefined;
    if (this.#failures > 0) {
      this.later(0, action);
      return;
    }
    this.#failures = 1;
    action();
  }

  /** It was refused: tries again later, not before `afterMs`. */
  later(afterMs: number | undefined, action: () => void): void {
    this.#failures += 1;
    this.#timer?.cancel();
    const waitMs = backOffMs(this.#random, this.#failures);
    this.#timer = this.#clock.after(Math.max(afterMs ?? 0, waitMs), action);
  }

  /** Nothing is tried any more, unless it is asked for anew. */
  cancel(): void {
    this.#timer?.cancel();
  }
}
