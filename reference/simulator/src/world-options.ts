/** The numbers of a world that can be chosen in place of being drawn from its seed, and how a command line names them. */

import type { NetworkSettings, Settings } from './settings.ts';

export interface WorldOption {
  /** Without the hyphens. */
  readonly name: string;
  /** What the number counts, as a help text shows it. */
  readonly unit: 'N' | 'MS' | 'PERMILLE';
  readonly about: string;
  readonly least: number;
  readonly most: number;
  of(settings: Settings): number;
  /** The same settings with another number. */
  set(settings: Settings, value: number): Settings;
}

type NumberName = 'gateways' | 'publishers' | 'subscribers' | 'topics' | 'publishEveryMs' | 'safetyMs' | 'livenessMs';

const LONGEST_MS = 3_600_000;

/** In the order in which a command names them. */
export const WORLD_OPTIONS: readonly WorldOption[] = [
  ofWorld('gateways', 'N', 1, 16, 'gateways', 'gateways'),
  ofWorld('publishers', 'N', 1, 32, 'publishers', 'clients that publish'),
  ofWorld('subscribers', 'N', 1, 64, 'subscribers', 'clients that subscribe'),
  ofWorld('topics', 'N', 1, 3, 'topics', 'topics'),
  ofWorld('publish-every-ms', 'MS', 1, 60_000, 'publishEveryMs', 'mean time between two publishes of a publisher'),
  ofWorld('safety-ms', 'MS', 1_000, LONGEST_MS, 'safetyMs', 'how long faults may happen'),
  ofWorld('liveness-ms', 'MS', 1_000, LONGEST_MS, 'livenessMs', 'how long everything then has to come right'),
  ofNetwork('delay', 'MS', 10_000, 'delayMs', 'shortest way from one node to another'),
  ofNetwork('jitter', 'MS', 10_000, 'jitterMs', 'what it may take longer'),
  ofNetwork('loss', 'PERMILLE', 1_000, 'lostPerMille', 'packets that are lost between gateways and the engine'),
  ofNetwork('double', 'PERMILLE', 1_000, 'doubledPerMille', 'packets that come twice there'),
  ofNetwork('reorder', 'PERMILLE', 1_000, 'reorderedPerMille', 'packets that are overtaken there'),
  {
    name: 'skew',
    unit: 'MS',
    about: "greatest error of a node's clock",
    least: 0,
    most: 60_000,
    of: ({ clockSkewMs }) => clockSkewMs,
    set: (settings, clockSkewMs) => ({ ...settings, clockSkewMs }),
  },
];

function ofWorld(
  name: string,
  unit: WorldOption['unit'],
  least: number,
  most: number,
  field: NumberName,
  about: string,
): WorldOption {
  return {
    name,
    unit,
    about,
    least,
    most,
    of: (settings) => settings[field],
    set: (settings, value) => ({ ...settings, [field]: value }),
  };
}

function ofNetwork(
  name: string,
  unit: WorldOption['unit'],
  most: number,
  field: keyof NetworkSettings,
  about: string,
): WorldOption {
  return {
    name,
    unit,
    about,
    least: 0,
    most,
    of: ({ network }) => network[field],
    set: (settings, value) => ({ ...settings, network: { ...settings.network, [field]: value } }),
  };
}
