/**
 * Waits until a recorded tick is due. The first one sets the beginning; all others are due by their distance from it,
 * so what came late because the sink had no room is caught up, and the pace never drifts.
 */

import type { Clock, Timer } from '@micro-socket/transport';
import type { Speed } from './speed.ts';

/** The longest time that every runtime's timers can wait; longer ones are waited in parts. */
const WAIT_MS_MAX = 2_000_000_000;

export class Pace {
  readonly #clock: Clock;
  readonly #factor: number;
  #beginning: { readonly sourceTime: number; readonly at: number } | undefined;
  #waiting: { readonly timer: Timer; readonly end: () => void } | undefined;
  #isStopped = false;

  constructor(clock: Clock, speed: Speed) {
    this.#clock = clock;
    this.#factor = speed === 'recorded' ? 1 : speed === 'full' ? Number.POSITIVE_INFINITY : speed;
  }

  /** Resolves when a tick of this source time is due, and at once after `stop`. */
  async until(sourceTime: number): Promise<void> {
    this.#beginning ??= { sourceTime, at: this.#clock.now() };
    const dueAt = this.#beginning.at + (sourceTime - this.#beginning.sourceTime) / this.#factor;
    for (let ms = dueAt - this.#clock.now(); ms > 0 && !this.#isStopped; ms = dueAt - this.#clock.now()) {
      await this.#wait(Math.min(ms, WAIT_MS_MAX));
    }
  }

  /** Ends what waits. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting?.timer.cancel();
    this.#waiting?.end();
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = { timer: this.#clock.after(ms, resolve), end: resolve };
    });
  }
}
