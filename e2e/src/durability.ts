/**
 * What becomes of an acknowledged message, by the level at which it was acknowledged and the fault that follows (I4). The
 * durability page shows it, and a test demands that each proof is there under its title.
 */

import type { Durability } from '@micro-socket/backbone';

export const LEVELS = ['memory', 'written', 'disk', 'replicated'] as const satisfies readonly Durability[];

export const FAULTS = [
  'slow-within',
  'slow-beyond',
  'back-within',
  'back-later',
  'link-cut',
  'edge-killed',
  'store-paused',
  'store-killed',
  'store-full',
  'power-lost',
  'machine-lost',
] as const;
export type Fault = (typeof FAULTS)[number];

/**
 * `kept`: readers get it. `told`: readers are told before their next message that it is missing. `lost`: it is gone with the
 * whole history, whose epoch changes, and that is told. `absent`: the fault cannot happen there.
 */
export type Outcome = 'kept' | 'told' | 'lost' | 'absent';

/** A test that shows it. */
export interface Proof {
  /** From the root of the project. */
  readonly file: string;
  /** The test's title, or how it begins. */
  readonly title: string;
}

export interface Cell {
  readonly outcome: Outcome;
  /** Without one the outcome lies in the nature of the fault: nothing can be tested on one machine. */
  readonly proof?: Proof;
}

type Row = Readonly<Record<(typeof LEVELS)[number], Cell>>;

const GATEWAY = 'reference/gateway/test';
const BACKBONE = 'reference/backbone/test';

const slow = { file: `${GATEWAY}/slow-member.test.ts` };
const served = {
  outcome: 'kept',
  proof: { ...slow, title: 'is served from the history, everything in order' },
} as const;
const lagged = { outcome: 'told', proof: { ...slow, title: 'is told lagged and unsubscribed' } } as const;
const resumed = {
  outcome: 'kept',
  proof: { file: `${GATEWAY}/resume.test.ts`, title: 'gets everything after it, once and in order' },
} as const;
const gone = {
  outcome: 'told',
  proof: { file: `${GATEWAY}/resume.test.ts`, title: 'begins with a snapshot where onGap is snapshot' },
} as const;
const joined = {
  outcome: 'kept',
  proof: {
    file: `${BACKBONE}/remote/remote-backbone.test.ts`,
    title: 'goes on without a hole or a repeat when the connection was cut',
  },
} as const;
const newEpoch = {
  outcome: 'lost',
  proof: {
    file: `${BACKBONE}/memory-backbone.test.ts`,
    title: 'a new one has new epochs, so that a restart cannot be mistaken',
  },
} as const;
const absent = { outcome: 'absent' } as const;

export const DURABILITY: Readonly<Record<Fault, Row>> = {
  'slow-within': { memory: served, written: served, disk: served, replicated: served },
  'slow-beyond': { memory: lagged, written: lagged, disk: lagged, replicated: lagged },
  'back-within': { memory: resumed, written: resumed, disk: resumed, replicated: resumed },
  'back-later': { memory: gone, written: gone, disk: gone, replicated: gone },
  'link-cut': { memory: joined, written: joined, disk: joined, replicated: joined },
  'edge-killed': { memory: joined, written: joined, disk: joined, replicated: joined },
  'store-paused': { memory: joined, written: joined, disk: joined, replicated: joined },
  'store-killed': { memory: newEpoch, written: joined, disk: joined, replicated: joined },
  'store-full': { memory: absent, written: joined, disk: joined, replicated: joined },
  'power-lost': {
    memory: newEpoch,
    written: { outcome: 'lost' },
    disk: { outcome: 'kept' },
    replicated: { outcome: 'kept' },
  },
  'machine-lost': {
    memory: newEpoch,
    written: { outcome: 'lost' },
    disk: { outcome: 'lost' },
    replicated: { outcome: 'kept' },
  },
};

/** The faults that a short table shows. */
export const FAULTS_SHORT: readonly Fault[] = [
  'slow-within',
  'slow-beyond',
  'back-within',
  'back-later',
  'store-killed',
  'power-lost',
  'machine-lost',
];
