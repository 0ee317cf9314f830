/** A moment that may be far away: calls once when it has come. A clock that jumps ahead is noticed when it is asked. */

import type { Clock, Timer } from '@micro-socket/transport';

/** Timers take 31 bits; a longer wait is made of several. */
const WAIT_MS_MAX = 2_147_483_647;

export class Deadline {
  readonly #clock: Clock;
  readonly #at: number;
  readonly #onPassed: () => void;
  #timer: Timer;

  constructor(clock: Clock, at: number, onPassed: () => void) {
    this.#clock = clock;
    this.#at = at;
    this.#onPassed = onPassed;
    this.#timer = this.#wait();
  }

  get hasPassed(): boolean {
    return this.#clock.now() >= this.#at;
  }

  cancel(): void {
    this.#timer.cancel();
  }

  #wait(): Timer {
    const leftMs = Math.max(0, this.#at - this.#clock.now());
    return this.#clock.after(Math.min(leftMs, WAIT_MS_MAX), () => {
      if (this.hasPassed) this.#onPassed();
      else this.#timer = this.#wait();
    });
  }
}
