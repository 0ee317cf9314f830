/** The engine's clock, which shows an earlier moment while a journal is read again. */

import type { Clock, Timer } from '@micro-socket/transport';

export class JournalClock implements Clock {
  readonly #clock: Clock;
  #shownMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#shownMs ?? this.#clock.now();
  }

  after(ms: number, action: () => void): Timer {
    return this.#clock.after(ms, action);
  }

  soon(action: () => void): void {
    this.#clock.soon(action);
  }

  /** `undefined`: the present. */
  show(ms: number | undefined): void {
    this.#shownMs = ms;
  }
}
