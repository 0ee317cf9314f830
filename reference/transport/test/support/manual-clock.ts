/** Virtual time, driven by hand: nothing happens until a test says so, and always in the same order. */

import type { Clock, Timer } from '../../src/index.ts';

interface Due {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
}

/** More turns than any test needs: beyond them the code under test keeps itself busy forever. */
const TURNS_MAX = 10_000;

export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  #timers: Due[] = [];
  #soon: (() => void)[] = [];

  constructor(startAt = 1_700_000_000_000) {
    this.#now = startAt;
  }

  /** Timers that are set and neither fired nor cancelled. */
  get timerCount(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, action: () => void): Timer {
    const due = { at: this.#now + ms, order: this.#order++, action };
    this.#timers.push(due);
    return { cancel: () => this.#forget(due) };
  }

  soon(action: () => void): void {
    this.#soon.push(action);
  }

  /** Runs what is due now, promises included, until nothing is left to do. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      await promisesRun();
      if (this.#soon.length === 0) return;
      for (const action of this.#soon.splice(0)) action();
    }
    throw new Error(`Not settled after ${TURNS_MAX} turns.`);
  }

  /** Lets `ms` milliseconds pass; each timer finds the clock at its own moment and everything settled. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await this.settle();
    for (let due = this.#nextBefore(until); due !== undefined; due = this.#nextBefore(until)) {
      this.#forget(due);
      this.#now = due.at;
      due.action();
      await this.settle();
    }
    this.#now = until;
  }

  #nextBefore(until: number): Due | undefined {
    const due = this.#timers.filter(({ at }) => at <= until);
    return due.sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }

  #forget(due: Due): void {
    this.#timers = this.#timers.filter((timer) => timer !== due);
  }
}

/** Resolves when every promise that could go on without an event has gone on. */
function promisesRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
