/** How fast a recorded file is played. */

import { PriceFeedError } from '../errors.ts';

/**
 * `recorded`: with the gaps between source times as they were; a number: so many times as fast; `full`: as fast as the
 * sink takes it.
 */
export type Speed = 'recorded' | 'full' | number;

const FACTOR_MIN = 0.001;
const FACTOR_MAX = 1_000_000;

/** `recorded`, `full` or a factor such as `10`. Throws `PriceFeedError` FIELD. */
export function parseSpeed(text: string): Speed {
  return checkedSpeed(text === 'recorded' || text === 'full' ? text : /^\d+(\.\d+)?$/.test(text) ? Number(text) : text);
}

/** Throws `PriceFeedError` FIELD. */
export function checkedSpeed(speed: unknown): Speed {
  if (speed === 'recorded' || speed === 'full') return speed;
  if (typeof speed === 'number' && speed >= FACTOR_MIN && speed <= FACTOR_MAX) return speed;
  const message = `A speed is recorded, full, or a factor from ${FACTOR_MIN} to ${FACTOR_MAX} such as 10, not ${String(speed).slice(0, 40)}.`;
  throw new PriceFeedError('FIELD', message, 'speed');
}
