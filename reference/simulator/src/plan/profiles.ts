/** How hard a world is treated: what is drawn for each profile, and from which range. */

import { Chance } from '../chance.ts';
import { FAULT_NAMES, type FaultName, type NetworkSettings, type ProfileName, type Settings } from '../settings.ts';

/** From the least to the most of what is drawn. */
type Range = readonly [number, number];

interface Profile {
  readonly delayMs: Range;
  readonly jitterMs: Range;
  readonly lostPerMille: Range;
  readonly doubledPerMille: Range;
  readonly reorderedPerMille: Range;
  readonly clockSkewMs: Range;
  /** How many of 1,000 worlds have a given fault at all. Few faults at a time find what many would hide. */
  readonly faultPerMille: number;
  /** How often such a fault happens in a minute. */
  readonly faultsPerMinute: Range;
}

const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  calm: {
    delayMs: [1, 20],
    jitterMs: [0, 10],
    lostPerMille: [0, 0],
    doubledPerMille: [0, 0],
    reorderedPerMille: [0, 0],
    clockSkewMs: [0, 0],
    faultPerMille: 0,
    faultsPerMinute: [0, 0],
  },
  rough: {
    delayMs: [1, 40],
    jitterMs: [0, 40],
    lostPerMille: [0, 20],
    doubledPerMille: [0, 20],
    reorderedPerMille: [0, 60],
    clockSkewMs: [0, 40],
    faultPerMille: 250,
    faultsPerMinute: [4, 10],
  },
  hostile: {
    delayMs: [1, 160],
    jitterMs: [0, 160],
    lostPerMille: [0, 80],
    doubledPerMille: [0, 80],
    reorderedPerMille: [0, 200],
    clockSkewMs: [0, 120],
    faultPerMille: 450,
    faultsPerMinute: [6, 24],
  },
};

/** What may be given in place of being drawn. */
export type SettingsChange = Partial<Omit<Settings, 'seed' | 'profile' | 'network' | 'faultsPerMinute'>> & {
  readonly network?: Partial<NetworkSettings>;
  readonly faultsPerMinute?: Partial<Record<FaultName, number>>;
};

/** The settings of a world: what its seed draws from the ranges of its profile, but for what is given. */
export function settingsOf(seed: number, profile: ProfileName = 'rough', changes: SettingsChange = {}): Settings {
  const ranges = PROFILES[profile];
  const chance = new Chance(seed, `settings ${profile}`);
  const draw = ([least, most]: Range) => chance.between(least, most);
  const { network, faultsPerMinute, ...rest } = changes;
  return {
    seed,
    profile,
    gateways: draw([1, 3]),
    publishers: draw([1, 3]),
    subscribers: draw([2, 5]),
    topics: draw([1, 2]),
    publishEveryMs: draw([120, 400]),
    safetyMs: draw([6_000, 12_000]),
    livenessMs: 16_000,
    clockSkewMs: draw(ranges.clockSkewMs),
    ...rest,
    network: {
      delayMs: draw(ranges.delayMs),
      jitterMs: draw(ranges.jitterMs),
      lostPerMille: draw(ranges.lostPerMille),
      doubledPerMille: draw(ranges.doubledPerMille),
      reorderedPerMille: draw(ranges.reorderedPerMille),
      ...network,
    },
    faultsPerMinute: { ...drawnFaults(new Chance(seed, `faults ${profile}`), ranges), ...faultsPerMinute },
  };
}

function drawnFaults(chance: Chance, { faultPerMille, faultsPerMinute }: Profile): Record<FaultName, number> {
  const [least, most] = faultsPerMinute;
  const drawn = FAULT_NAMES.map((name) => [name, chance.happens(faultPerMille) ? chance.between(least, most) : 0]);
  return Object.fromEntries(drawn);
}
