/**
 * Spaces the deliveries of a rate tier: the first one goes out at once, the next ones when the interval has passed.
 *
 * It runs no timer while nothing waits to be delivered.
 */

import type { Clock, Timer } from '@micro-socket/transport';

/** The rates that a subscription can have, per second. A rate that is asked for is rounded down to one of them. */
export const RATE_TIERS_HZ = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000] as const;

/** The greatest tier that is not above what was asked for. The schema refuses less than the lowest. */
export function tierOf(maxRateHz: number): number {
  return RATE_TIERS_HZ.findLast((tier) => tier <= maxRateHz) ?? RATE_TIERS_HZ[0];
}

export class Pace {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #onTick: () => void;
  #nextAt = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(clock: Clock, tierHz: number, onTick: () => void) {
    this.#clock = clock;
    this.#intervalMs = 1_000 / tierHz;
    this.#onTick = onTick;
  }

  /** Something waits: calls `onTick` as soon as the rate allows, perhaps at once. */
  request(): void {
    if (this.#timer !== undefined) return;
    const waitMs = this.#nextAt - this.#clock.now();
    if (waitMs > 0) this.#timer = this.#clock.after(waitMs, () => this.#tick());
    else this.#tick();
  }

  /** Nobody waits any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #tick(): void {
    this.#timer = undefined;
    this.#nextAt = this.#clock.now() + this.#intervalMs;
    this.#onTick();
  }
}
