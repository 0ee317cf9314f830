/**
 * A world as the page knows it: what the reader chose, and nothing that the seed decides.
 *
 * Everything that a run depends on is in it, so two pages with the same world show the same run.
 */

import type { PlannedFault, ProfileName } from '@micro-socket/simulator';

/** What a number of a world may be, and by which name an address calls it. */
export interface NumberRule {
  readonly address: string;
  readonly min: number;
  readonly max: number;
}

/** The numbers that a reader may choose. One that is not chosen is drawn from the seed, as the profile says. */
export const NUMBERS = {
  gateways: { address: 'gateways', min: 1, max: 4 },
  publishers: { address: 'publishers', min: 1, max: 4 },
  subscribers: { address: 'subscribers', min: 1, max: 6 },
  topics: { address: 'topics', min: 1, max: 3 },
  publishEveryMs: { address: 'every', min: 20, max: 10_000 },
  safetyMs: { address: 'safety', min: 1_000, max: 600_000 },
  livenessMs: { address: 'liveness', min: 1_000, max: 120_000 },
  delayMs: { address: 'delay', min: 0, max: 500 },
  jitterMs: { address: 'jitter', min: 0, max: 500 },
  lostPerMille: { address: 'lost', min: 0, max: 300 },
  doubledPerMille: { address: 'doubled', min: 0, max: 300 },
  reorderedPerMille: { address: 'reordered', min: 0, max: 300 },
  clockSkewMs: { address: 'skew', min: 0, max: 5_000 },
} as const satisfies Record<string, NumberRule>;

export type NumberName = keyof typeof NUMBERS;

export const NUMBER_NAMES = Object.keys(NUMBERS) as readonly NumberName[];

/** A fault that the reader made. It has no id yet: that is its place after the planned ones. */
export type HandMadeFault = Omit<PlannedFault, 'id'>;

/** Bounds an address. A page that has reached it takes no further fault. */
export const HAND_MADE_MAX = 60;

/** How much more often, or seldom, than the profile says faults come by themselves. */
export const FAULT_PERCENT_MAX = 400;

export interface World {
  readonly seed: number;
  readonly profile: ProfileName;
  readonly numbers: Readonly<Partial<Record<NumberName, number>>>;
  /** 100: as often as the profile says; 0: only what the reader does. */
  readonly faultPercent: number;
  readonly mutant?: string;
  readonly handMade: readonly HandMadeFault[];
}

export const SEED_MAX = 0xffff_ffff;

/** In the order in which a page offers them. The type makes sure that none is missing. */
const PROFILES: Readonly<Record<ProfileName, true>> = { calm: true, rough: true, hostile: true };

export const PROFILE_CHOICES = Object.keys(PROFILES) as readonly ProfileName[];

/** What the full page shows to one who followed no link: slow enough a network for messages to be seen moving. */
export const FIRST_WORLD: World = {
  seed: 39,
  profile: 'rough',
  numbers: {
    gateways: 2,
    publishers: 2,
    subscribers: 3,
    topics: 2,
    publishEveryMs: 800,
    safetyMs: 60_000,
    delayMs: 60,
    jitterMs: 40,
  },
  faultPercent: 100,
  handMade: [],
};

/** The same beginning, without what the reader did by hand. */
export function withoutHandMade(world: World): World {
  return { ...world, handMade: [] };
}
