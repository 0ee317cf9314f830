/**
 * Which faults happen, when, and to whom: drawn from the seed before anything runs.
 *
 * Each kind of fault has a source of chance of its own, so one kind more or less changes no other.
 */

import { Chance } from '../chance.ts';
import { FAULT_NAMES, type FaultName, type PlannedFault, type Settings } from '../settings.ts';
import { ENGINE, gatewaysOf, INTRUDER, publishersOf, subscribersOf, topicsOf } from './names.ts';

/** How long each fault lasts, from the least to the most; 0 for those that only happen. */
const LASTS_MS: Readonly<Record<FaultName, readonly [number, number]>> = {
  cut: [0, 0],
  'half-open': [0, 0],
  twin: [0, 0],
  partition: [200, 4_000],
  'one-way': [200, 4_000],
  'gateway-kill': [50, 3_000],
  'deaf-gateway': [100, 1_500],
  'engine-restart': [50, 2_500],
  'engine-wiped': [50, 2_500],
  'engine-lost-tail': [50, 2_500],
  'engine-reused-seqnos': [50, 2_500],
  'slow-reader': [300, 4_000],
  'revoke-read': [200, 3_000],
  'revoke-publish': [200, 3_000],
  'expire-token': [1_000, 4_000],
  burst: [0, 0],
  'client-restart': [50, 2_000],
  intruder: [0, 0],
};

/** The planned faults of a world, in the order of their times. */
export function planOf(settings: Settings): readonly PlannedFault[] {
  const faults: Omit<PlannedFault, 'id'>[] = [];
  for (const name of FAULT_NAMES) {
    const chance = new Chance(settings.seed, `plan ${name}`);
    // Nothing begins before the world has come up.
    const spanMs = settings.safetyMs - 1_000;
    const exact = (settings.faultsPerMinute[name] * spanMs) / 60_000;
    const count = Math.floor(exact) + (chance.below(1_000) < (exact - Math.floor(exact)) * 1_000 ? 1 : 0);
    for (let at = 0; at < count; at++) faults.push(drawn(name, 1_000 + chance.below(spanMs), chance, settings));
  }
  return faults.sort((one, other) => one.atMs - other.atMs).map((fault, index) => ({ id: index + 1, ...fault }));
}

function drawn(name: FaultName, atMs: number, chance: Chance, settings: Settings): Omit<PlannedFault, 'id'> {
  const [least, most] = LASTS_MS[name];
  const forMs = chance.between(least, most);
  return { name, atMs, forMs, ...targetOf(name, chance, settings) };
}

function targetOf(
  name: FaultName,
  chance: Chance,
  settings: Settings,
): Pick<PlannedFault, 'nodes' | 'topic' | 'count'> {
  const subscribers = subscribersOf(settings);
  const publishers = publishersOf(settings);
  const clients = [...publishers, ...subscribers];
  const gateways = gatewaysOf(settings);
  const topic = chance.pick(topicsOf(settings));
  switch (name) {
    case 'partition':
    case 'one-way': {
      const gateway = chance.pick(gateways);
      const other = chance.happens(500) ? ENGINE : chance.pick(clients);
      return { nodes: chance.happens(500) ? [gateway, other] : [other, gateway] };
    }
    case 'gateway-kill':
    case 'deaf-gateway':
      return { nodes: [chance.pick(gateways)] };
    case 'engine-restart':
    case 'engine-wiped':
      return { nodes: [ENGINE] };
    case 'engine-lost-tail':
    case 'engine-reused-seqnos':
      return { nodes: [ENGINE], count: chance.between(1, 8) };
    case 'slow-reader':
      return { nodes: [chance.pick(subscribers)], topic };
    case 'revoke-read':
      return { nodes: [chance.pick(subscribers)], topic, count: chance.below(2) };
    case 'revoke-publish':
      return { nodes: [chance.pick(publishers)], topic };
    case 'burst':
      return { nodes: [chance.pick(publishers)], topic, count: chance.between(20, 80) };
    case 'intruder':
      return { nodes: [INTRUDER, chance.pick(clients)], count: chance.below(2) };
    default:
      return { nodes: [chance.pick(clients)] };
  }
}
