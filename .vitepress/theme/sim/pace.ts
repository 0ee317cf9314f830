/** How far a run should be by now: virtual time that follows real time at a speed, and does not run after lost time. */

import type { Speed } from './messages.ts';

/** A run that is further behind than this, in real milliseconds, goes on from where it is. */
const BEHIND_MS_MAX = 250;

/** A machine is too slow when that happens so often … */
const BEHIND_COUNT = 4;
/** … within so long, in real milliseconds. Once may be anything, such as a laptop that has slept. */
const BEHIND_WITHIN_MS = 3_000;

export class Pace {
  #speed: Speed;
  #fromVirtualMs = 0;
  #fromRealMs = 0;
  /** When the run was too far behind lately. */
  #behindAtMs: readonly number[] = [];

  constructor(speed: Speed) {
    this.#speed = speed;
  }

  /** The machine was too slow lately. */
  isBehind(realMs: number): boolean {
    return this.#behindAtMs.filter((at) => realMs - at < BEHIND_WITHIN_MS).length >= BEHIND_COUNT;
  }

  /** Virtual time goes on from `virtualMs`, at `realMs`. */
  begin(virtualMs: number, realMs: number, speed: Speed = this.#speed): void {
    this.#speed = speed;
    this.#fromVirtualMs = virtualMs;
    this.#fromRealMs = realMs;
  }

  /** The virtual moment that should have come at `realMs`, for a run that is at `virtualMs`. */
  targetMs(virtualMs: number, realMs: number): number {
    if (this.#speed === 'max') return Number.POSITIVE_INFINITY;
    const target = this.#fromVirtualMs + (realMs - this.#fromRealMs) * this.#speed;
    if (target - virtualMs <= BEHIND_MS_MAX * this.#speed) return target;
    this.begin(virtualMs, realMs);
    this.#behindAtMs = [...this.#behindAtMs, realMs].slice(-BEHIND_COUNT);
    return virtualMs;
  }
}
