/**
 * How long to wait before trying again: full-jitter exponential back-off.
 *
 * The wait is anything from nothing to a ceiling that doubles with each failure, so that clients that lost the same
 * gateway in the same moment do not all come back in the same moment. It holds no state: who waits counts its failures.
 */

import type { Random } from '@micro-socket/transport';

export interface BackOff {
  /** The ceiling after the first failure, in milliseconds. */
  readonly baseMs: number;
  /** The ceiling after any number of failures, in milliseconds. */
  readonly capMs: number;
}

export const DEFAULT_BACK_OFF: BackOff = { baseMs: 250, capMs: 30_000 };

/** After this long without a failure the next one counts as the first again, in milliseconds. */
export const STABLE_MS = 10_000;

/** Beyond this many failures the ceiling of any sensible setting is the cap. */
const DOUBLINGS_MAX = 40;

/** The wait after `failures` failures in a row, from 1 on, in milliseconds. */
export function backOffMs(random: Random, failures: number, { baseMs, capMs }: BackOff = DEFAULT_BACK_OFF): number {
  const doublings = Math.min(Math.max(failures - 1, 0), DOUBLINGS_MAX);
  return between(random, 0, Math.min(capMs, baseMs * 2 ** doublings));
}

/** A random time from `min` to `max`. */
export function between(random: Random, min: number, max: number): number {
  return min + (random.uint32() / 2 ** 32) * Math.max(max - min, 0);
}
