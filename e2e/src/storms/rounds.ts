/** How many rounds a storm has where nobody says it. */

/** So many more rounds in `npm run test:deep`, which runs all suites many times as well. */
const DEEP_FACTOR = 5;

/** `count` in `npm run e2e`, more in the deep run, and what `STORM_ROUNDS` says. Throws `RangeError` where that is no number. */
export function roundsOf(count: number): number {
  const wanted = process.env['STORM_ROUNDS'];
  if (wanted === undefined) return process.env['TEST_DEEP'] === '1' ? count * DEEP_FACTOR : count;
  if (/^[1-9]\d{0,5}$/.test(wanted)) return Number(wanted);
  throw new RangeError(`STORM_ROUNDS is a whole number from 1 on, not ${wanted}.`);
}
