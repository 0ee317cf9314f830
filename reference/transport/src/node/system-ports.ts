/** The real clock and the real random source of a Node process. */

import { randomFillSync } from 'node:crypto';
import type { Random } from '../ports/random.ts';
import { systemClockWith } from '../system/clock.ts';

export const systemClock = systemClockWith((action) => void setImmediate(action));

const pool = new Uint32Array(256);
let used = pool.length;

export const systemRandom: Random = {
  uint32() {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    return pool[used++] as number;
  },
};
