/** Options that are bounds: whole numbers that somebody may have got from a configuration file. */

/** The longest time that timers of browsers and Node can wait, in milliseconds; a longer one would fire at once. */
export const TIMER_MS_MAX = 2_147_483_647;

/** The value of a bound, or its default. Throws `RangeError` that names it. */
export function boundOf(name: string, value: number | undefined, defaultValue: number, min = 1): number {
  if (value === undefined) return defaultValue;
  if (Number.isInteger(value) && value >= min && value <= TIMER_MS_MAX) return value;
  throw new RangeError(`${name} must be a whole number from ${min} to ${TIMER_MS_MAX}, not ${value}.`);
}
