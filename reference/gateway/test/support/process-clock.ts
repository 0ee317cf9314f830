/**
 * The clock of one process among several, while time passes for all: the process can be stopped and go on, it can be
 * killed, and its clock can be set.
 */

import type { Clock, Timer } from '@micro-socket/transport';

export class ProcessClock implements Clock {
  readonly #inner: Clock;
  readonly #timers = new Set<Timer>();
  /** What has become due while the process was stopped. */
  #late: (() => void)[] | undefined;
  #isDead = false;
  #aheadMs = 0;

  constructor(inner: Clock) {
    this.#inner = inner;
  }

  now(): number {
    return this.#inner.now();
  }

  /** The time as the process sees it. */
  get wall(): Clock {
    return {
      now: () => this.now() + this.#aheadMs,
      after: (ms, action) => this.after(ms, action),
      soon: (action) => this.soon(action),
    };
  }

  /** Sets the clock on the wall forward, or with a negative number back. Timers do not notice. */
  set(byMs: number): void {
    this.#aheadMs += byMs;
  }

  after(ms: number, action: () => void): Timer {
    let isCancelled = false;
    const run = () => {
      if (!isCancelled) action();
    };
    const timer = this.#inner.after(ms, () => {
      this.#timers.delete(timer);
      this.#run(run);
    });
    this.#timers.add(timer);
    if (this.#isDead) this.#forget(timer);
    return {
      cancel: () => {
        isCancelled = true;
        this.#forget(timer);
      },
    };
  }

  soon(action: () => void): void {
    this.#inner.soon(() => this.#run(action));
  }

  /** As SIGSTOP does. */
  stop(): void {
    this.#late ??= [];
  }

  /** As SIGCONT does: everything that has become due meanwhile happens at once, in its order. */
  goOn(): void {
    const late = this.#late ?? [];
    this.#late = undefined;
    for (const action of late) action();
  }

  /** As SIGKILL does: nothing happens any more. */
  kill(): void {
    this.#isDead = true;
    for (const timer of [...this.#timers]) this.#forget(timer);
  }

  #run(action: () => void): void {
    if (this.#isDead) return;
    if (this.#late === undefined) action();
    else this.#late.push(action);
  }

  #forget(timer: Timer): void {
    timer.cancel();
    this.#timers.delete(timer);
  }
}
