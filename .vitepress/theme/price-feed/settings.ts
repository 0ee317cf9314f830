/** What the reader can choose on the screen, and what it is at first. */

/** Ticks a second of the market in the page. */
export const PACES = [5, 20, 50, 200] as const;
export type Pace = (typeof PACES)[number];
export const PACE_MAX: Pace = 200;
export const FIRST_PACE: Pace = 20;

/** Frames a second that a slow reader takes; the last place of the slider is a reader that takes all. */
export const READ_RATES = [10, 20, 50, 100, 200, undefined] as const;
export type ReadRate = (typeof READ_RATES)[number];

/**
 * `every`: every message, in order (mode `stream`). The others get the newest price of each instrument (mode `keyed`):
 * `newest` as soon as it can be sent, a number at most so many times a second.
 */
export const TIERS = ['every', 'newest', 10, 5, 2, 1] as const;
export type Tier = (typeof TIERS)[number];
export const FIRST_TIER: Tier = 'every';

/** The subscription that a tier is. */
export function subscriptionOf(tier: Tier): { readonly mode: 'stream' | 'keyed'; readonly maxRateHz?: number } {
  if (tier === 'every') return { mode: 'stream' };
  return tier === 'newest' ? { mode: 'keyed' } : { mode: 'keyed', maxRateHz: tier };
}

/** For how long a cut connection stays cut: dialling fails meanwhile. */
export const CUT_MS = 2_000;
