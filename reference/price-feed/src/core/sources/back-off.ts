/** Full jitter: anything from nothing to a ceiling that doubles with each failure in a row, in milliseconds. */

import type { Random } from '@micro-socket/transport';

/** An exchange counts the connections of an address, and bans those that come too often. */
const BASE_MS = 1_000;
const CAP_MS = 30_000;
const DOUBLINGS_MAX = 10;

/** The wait after `failures` failures in a row, from 1 on. */
export function backOffMs(random: Random, failures: number): number {
  const ceilingMs = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures - 1, DOUBLINGS_MAX));
  return (random.uint32() / 2 ** 32) * ceilingMs;
}
