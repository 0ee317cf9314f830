/** The small worlds of the invariants' pages: what can be broken in each, and the mutant that breaks its rule. */

import type { Invariant } from '@micro-socket/simulator';
import type { FaultToMake } from './faults.ts';
import type { HandMadeFault, World } from './world.ts';

export type CardInvariant = Exclude<Invariant, 'liveness'>;

export interface Card {
  readonly world: World;
  /** What the reader may break, in the order of the buttons. */
  readonly faults: readonly FaultToMake[];
  /** The world in which a mutant breaks the invariant soon, and in which the real code holds. */
  readonly broken: World;
}

/** Nothing breaks by itself, a message takes long enough to be seen, and both subscribers want every message. */
const QUIET: World = {
  seed: 30,
  profile: 'calm',
  numbers: {
    gateways: 2,
    publishers: 1,
    subscribers: 2,
    topics: 1,
    publishEveryMs: 500,
    safetyMs: 60_000,
    delayMs: 60,
    jitterMs: 30,
  },
  faultPercent: 0,
  handMade: [],
};

const PUBLISHER = 'client-1';
const READER = 'client-2';
const TOPIC = 'prices.eurusd';

const fault = {
  cutReader: { name: 'cut', forMs: 0, nodes: [READER] },
  cutPublisher: { name: 'cut', forMs: 0, nodes: [PUBLISHER] },
  halfOpen: { name: 'half-open', forMs: 0, nodes: [READER] },
  twin: { name: 'twin', forMs: 0, nodes: [READER] },
  slow: { name: 'slow-reader', forMs: 6_000, nodes: [READER] },
  burst: { name: 'burst', forMs: 0, nodes: [PUBLISHER], topic: TOPIC, count: 60 },
  revoke: { name: 'revoke-read', forMs: 3_000, nodes: [READER], topic: TOPIC },
  revokePublish: { name: 'revoke-publish', forMs: 3_000, nodes: [PUBLISHER], topic: TOPIC },
  expire: { name: 'expire-token', forMs: 3_000, nodes: [READER] },
  kill: { name: 'gateway-kill', forMs: 1_500, nodes: ['gateway-1'] },
  apart: { name: 'partition', forMs: 3_000, nodes: ['gateway-1', 'engine'] },
  restart: { name: 'engine-restart', forMs: 1_000, nodes: ['engine'] },
  reused: { name: 'engine-reused-seqnos', forMs: 1_000, nodes: ['engine'], count: 4 },
  lostTail: { name: 'engine-lost-tail', forMs: 1_000, nodes: ['engine'], count: 3 },
  program: { name: 'client-restart', forMs: 1_000, nodes: [READER] },
  intruder: { name: 'intruder', forMs: 0, nodes: ['intruder-1', READER], count: 0 },
} as const satisfies Record<string, FaultToMake>;

/** What happens in a broken world by itself, so that the mutant has an occasion. */
function broken(mutant: string, change: Partial<World>, ...handMade: readonly HandMadeFault[]): World {
  return { ...QUIET, ...change, mutant, handMade };
}

const FASTER: Partial<World> = { numbers: { ...QUIET.numbers, publishEveryMs: 300 } };

export const CARDS: Readonly<Record<CardInvariant, Card>> = {
  I1: {
    world: QUIET,
    faults: [fault.revoke, fault.expire, fault.revokePublish, fault.intruder],
    broken: broken('revocation-unnoticed', {}, { ...fault.revoke, atMs: 3_000 }),
  },
  I2: {
    world: QUIET,
    faults: [fault.cutPublisher, fault.restart, fault.kill, fault.cutReader],
    broken: broken('dedup-skipped', FASTER, { ...fault.cutPublisher, atMs: 3_000 }),
  },
  I3: {
    world: QUIET,
    faults: [fault.cutReader, fault.restart, fault.kill, fault.burst],
    broken: broken('messages-swapped', {}),
  },
  I4: {
    world: QUIET,
    faults: [fault.slow, fault.burst, fault.halfOpen, fault.lostTail],
    broken: broken('full-socket-loses', { seed: 48 }, { ...fault.slow, atMs: 2_000 }, { ...fault.burst, atMs: 3_000 }),
  },
  I5: {
    world: QUIET,
    faults: [fault.apart, fault.restart, fault.slow],
    broken: broken('late-untold', { numbers: { ...QUIET.numbers, delayMs: 280 } }),
  },
  I6: {
    world: QUIET,
    faults: [fault.cutReader, fault.reused, fault.program, fault.twin, fault.intruder],
    broken: broken(
      'anchor-skipped',
      {},
      { ...fault.program, forMs: 2_000, atMs: 2_500 },
      { ...fault.reused, forMs: 300, atMs: 2_600 },
    ),
  },
  I7: {
    world: QUIET,
    faults: [fault.cutReader, fault.restart, fault.burst, fault.kill],
    broken: broken('payload-of-another', {}),
  },
};
