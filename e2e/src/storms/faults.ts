/** What can be done to the processes of a storm and to the links between them, and for how long. */

/** Every fault, with what it does. */
export const FAULTS_ABOUT = {
  'gateway-kill': 'a gateway ends with SIGKILL, and is started again after a while',
  'gateway-stop': 'a gateway ends with SIGTERM and says goodbye, and is started again after a while',
  'gateway-freeze': 'a gateway stops with SIGSTOP in the middle of whatever it does, for a while',
  'backbone-kill': 'the engine or the NATS server ends with SIGKILL, and is started again after a while',
  'backbone-stop': 'the engine or the NATS server ends with SIGTERM, and is started again after a while',
  'backbone-freeze': 'the engine or the NATS server stops with SIGSTOP, for a while',
  'client-link-cut': 'all connections between a gateway and its clients end',
  'client-link-refuse': 'the same, and no client gets in for a while',
  'client-link-stall': 'nothing passes between a gateway and its clients for a while, and nobody is told',
  'client-link-strand': 'all connections between a gateway and its clients are dead, and nobody is told',
  'client-link-slow': 'everything between a gateway and its clients takes longer for a while',
  'backbone-link-cut': 'all connections between a gateway and the backbone end',
  'backbone-link-refuse': 'the same, and the gateway does not get through for a while',
  'backbone-link-stall': 'nothing passes between a gateway and the backbone for a while, and nobody is told',
  'backbone-link-strand': 'all connections between a gateway and the backbone are dead, and nobody is told',
  'backbone-link-slow': 'everything between a gateway and the backbone takes longer for a while',
  'client-move': 'a client loses its connection and goes to the other gateway',
} as const;

export type FaultName = keyof typeof FAULTS_ABOUT;

export const FAULT_NAMES = Object.keys(FAULTS_ABOUT) as readonly FaultName[];

/** What is broken, and what is done to it. */
export type FaultPlace = 'gateway' | 'backbone' | 'client-link' | 'backbone-link' | 'client';

/** `backbone-link-cut` is `cut` at a `backbone-link`. */
export function partsOf(name: FaultName): { readonly place: FaultPlace; readonly what: string } {
  const at = name.lastIndexOf('-');
  return { place: name.slice(0, at) as FaultPlace, what: name.slice(at + 1) };
}

/** The shortest and the longest time for which something lasts, in milliseconds; what is not here is over at once. */
const LASTS_MS: Readonly<Record<string, readonly [number, number]>> = {
  kill: [0, 800],
  stop: [0, 800],
  freeze: [200, 3_000],
  refuse: [200, 2_000],
  stall: [200, 5_000],
  slow: [300, 2_000],
};

export function lastsMs(name: FaultName): readonly [number, number] {
  return LASTS_MS[partsOf(name).what] ?? [0, 0];
}

/** By how much `slow` makes everything later, in milliseconds: shortest and longest. */
export const SLOW_MS = [10, 150] as const;
