/** The clock of one node: off by a skew of its own, and dead when its process is. */

import type { Clock, Timer } from '@micro-socket/transport';
import type { VirtualTime } from './virtual-time.ts';

/** When every world begins, in milliseconds since 1970. */
export const BEGINNING_MS = 1_700_000_000_000;

const NEVER: Timer = { cancel: () => {} };

export class NodeClock implements Clock {
  readonly #time: VirtualTime;
  readonly #skewMs: number;
  #alive = true;

  constructor(time: VirtualTime, skewMs = 0) {
    this.#time = time;
    this.#skewMs = skewMs;
  }

  now(): number {
    return BEGINNING_MS + this.#time.now + this.#skewMs;
  }

  after(ms: number, action: () => void): Timer {
    if (!this.#alive) return NEVER;
    const planned = this.#time.after(ms, () => this.#run(action));
    return {
      cancel: () => {
        planned.action = undefined;
      },
    };
  }

  soon(action: () => void): void {
    if (this.#alive) this.#time.after(0, () => this.#run(action));
  }

  /** Nothing that was planned by this clock happens any more. */
  kill(): void {
    this.#alive = false;
  }

  #run(action: () => void): void {
    if (this.#alive) action();
  }
}
