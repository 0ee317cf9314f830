/** The real clock and the real random source of a page or a worker. */

import type { Random } from '../ports/random.ts';
import { systemClockWith } from '../system/clock.ts';

export const systemClock = systemClockWith((action) => void setTimeout(action, 0));

export const systemRandom: Random = {
  uint32: () => crypto.getRandomValues(new Uint32Array(1))[0] as number,
};
