/**
 * A clock that can be stopped: what has it stands still, and goes on later as if nothing had been.
 *
 * The market, the gateway and the client of the page have one together, so none of them notices a pause.
 */

import type { Clock, Timer } from '@micro-socket/transport';

interface Waiting {
  readonly dueAt: number;
  readonly action: () => void;
  timer: Timer | undefined;
}

export class PausableClock implements Clock {
  readonly #base: Clock;
  readonly #soon: (action: () => void) => void;
  readonly #waiting = new Set<Waiting>();
  /** What was to be done in turns that have not come. */
  readonly #turns: (() => void)[] = [];
  #stoppedAt: number | undefined;
  /** How long it has stood still so far. */
  #lostMs = 0;

  /** `base` tells the time, and `soon` the ends of turns. */
  constructor(base: Clock, soon: (action: () => void) => void = (action) => base.soon(action)) {
    this.#base = base;
    this.#soon = soon;
  }

  now(): number {
    return (this.#stoppedAt ?? this.#base.now()) - this.#lostMs;
  }

  after(ms: number, action: () => void): Timer {
    const waiting: Waiting = { dueAt: this.now() + ms, action, timer: undefined };
    this.#waiting.add(waiting);
    if (this.#stoppedAt === undefined) this.#arm(waiting);
    return {
      cancel: () => {
        waiting.timer?.cancel();
        this.#waiting.delete(waiting);
      },
    };
  }

  soon(action: () => void): void {
    this.#soon(() => {
      if (this.#stoppedAt === undefined) action();
      else this.#turns.push(action);
    });
  }

  stop(): void {
    if (this.#stoppedAt !== undefined) return;
    this.#stoppedAt = this.#base.now();
    for (const { timer } of this.#waiting) timer?.cancel();
  }

  goOn(): void {
    if (this.#stoppedAt === undefined) return;
    this.#lostMs += this.#base.now() - this.#stoppedAt;
    this.#stoppedAt = undefined;
    for (const action of this.#turns.splice(0)) this.soon(action);
    for (const waiting of this.#waiting) this.#arm(waiting);
  }

  #arm(waiting: Waiting): void {
    waiting.timer = this.#base.after(Math.max(0, waiting.dueAt - this.now()), () => {
      this.#waiting.delete(waiting);
      waiting.action();
    });
  }
}
