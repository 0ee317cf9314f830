/**
 * Makes a reader slow: it takes so many frames a second from its connection, and leaves the others where they are.
 *
 * The sender sees what it would see of a slow machine: a buffer that stays full. Frames that come together are taken
 * together, and the next ones wait for as long as all of them should have taken.
 */

import type { Clock, Timer } from '@micro-socket/transport';

/** What stops and goes on reading. */
export interface Readable {
  pauseReading(): void;
  resumeReading(): void;
}

export class ReadMeter {
  readonly #clock: Clock;
  readonly #readable: Readable;
  #perSecond: number | undefined;
  #freeAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(clock: Clock, readable: Readable, perSecond: number | undefined) {
    this.#clock = clock;
    this.#readable = readable;
    this.#perSecond = perSecond;
  }

  /** `undefined`: as many as come. */
  change(perSecond: number | undefined): void {
    this.#perSecond = perSecond;
    this.#freeAt = Number.NEGATIVE_INFINITY;
    this.#goOn();
  }

  /** A frame was taken. */
  took(): void {
    if (this.#perSecond === undefined) return;
    const now = this.#clock.now();
    this.#freeAt = Math.max(this.#freeAt, now) + 1_000 / this.#perSecond;
    if (this.#timer !== undefined) return;
    this.#readable.pauseReading();
    this.#wait();
  }

  /** The connection has ended. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wait(): void {
    this.#timer = this.#clock.after(Math.max(0, this.#freeAt - this.#clock.now()), () => {
      // Frames that came together have moved the moment on.
      if (this.#clock.now() + 1 < this.#freeAt) this.#wait();
      else this.#goOn();
    });
  }

  #goOn(): void {
    this.stop();
    this.#readable.resumeReading();
  }
}
