/** Which faults fit a node or a link, and what they are given when a reader makes them by hand. */

import type { FaultName } from '@micro-socket/simulator';
import type { NodeView, SimView } from './sim-view.ts';
import type { HandMadeFault } from './world.ts';

/** What a reader has picked in the picture. A link is between a client and a gateway, or a gateway and the engine. */
export type Selection =
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'link'; readonly from: string; readonly to: string };

export type FaultToMake = Omit<HandMadeFault, 'atMs'>;

type Place = 'client' | 'subscriber' | 'publisher' | 'way' | 'one-way' | 'gateway' | 'engine' | 'victim';

interface FaultRule {
  readonly place: Place;
  readonly forMs: number;
  /** It is about one topic. */
  readonly ofTopic?: true;
  readonly count?: number;
}

/** The name of whoever asks for a session that belongs to somebody else. */
const INTRUDER = 'intruder-1';

/** In the order in which a page offers them. The type makes sure that none is missing. */
export const FAULT_RULES: Readonly<Record<FaultName, FaultRule>> = {
  cut: { place: 'client', forMs: 0 },
  'half-open': { place: 'client', forMs: 0 },
  twin: { place: 'client', forMs: 0 },
  partition: { place: 'way', forMs: 3_000 },
  'one-way': { place: 'one-way', forMs: 3_000 },
  'gateway-kill': { place: 'gateway', forMs: 1_500 },
  'deaf-gateway': { place: 'gateway', forMs: 800 },
  'engine-restart': { place: 'engine', forMs: 1_000 },
  'engine-wiped': { place: 'engine', forMs: 1_000 },
  'engine-lost-tail': { place: 'engine', forMs: 1_000, count: 3 },
  'engine-reused-seqnos': { place: 'engine', forMs: 1_000, count: 3 },
  'slow-reader': { place: 'subscriber', forMs: 4_000 },
  'revoke-read': { place: 'subscriber', forMs: 2_000, ofTopic: true },
  'revoke-publish': { place: 'publisher', forMs: 2_000, ofTopic: true },
  'expire-token': { place: 'client', forMs: 3_000 },
  burst: { place: 'publisher', forMs: 0, ofTopic: true, count: 60 },
  'client-restart': { place: 'client', forMs: 1_000 },
  intruder: { place: 'victim', forMs: 0, count: 0 },
};

export const FAULT_CHOICES = Object.keys(FAULT_RULES) as readonly FaultName[];

/** The faults that can be made where the reader points, in the order of the rules. */
export function faultsAt(selection: Selection, view: SimView): readonly FaultToMake[] {
  return FAULT_CHOICES.flatMap((name) => targetsOf(name, selection, view).map((target) => made(name, target)));
}

type Target = Pick<FaultToMake, 'nodes' | 'topic'>;

function made(name: FaultName, target: Target): FaultToMake {
  const { forMs, count } = FAULT_RULES[name];
  return { name, forMs, ...target, ...(count === undefined ? {} : { count }) };
}

function targetsOf(name: FaultName, selection: Selection, view: SimView): readonly Target[] {
  const rule = FAULT_RULES[name];
  if (selection.kind === 'link') return targetsOfLink(rule, selection, view);
  const node = view.nodes.find((one) => one.name === selection.name);
  if (node === undefined || !fits(rule.place, node)) return [];
  if (rule.place === 'victim') return [{ nodes: [INTRUDER, node.name] }];
  if (rule.ofTopic !== true) return [{ nodes: [node.name] }];
  return topicsFor(node, view).map((topic) => ({ nodes: [node.name], topic }));
}

/** A publisher may not know its topics by a subscription; then it has all that there are. */
function topicsFor({ topics }: NodeView, view: SimView): readonly string[] {
  if (topics.length > 0) return topics;
  return [...new Set(view.nodes.flatMap((node) => node.topics))];
}

function fits(place: Place, { kind, role }: NodeView): boolean {
  if (place === 'gateway' || place === 'engine') return kind === place;
  if (kind !== 'client' || role === 'intruder') return false;
  return place === 'client' || place === 'victim' || place === role;
}

function targetsOfLink(
  { place }: FaultRule,
  { from, to }: Selection & { kind: 'link' },
  view: SimView,
): readonly Target[] {
  if (place === 'way') return [{ nodes: [from, to] }];
  if (place === 'one-way') return [{ nodes: [from, to] }, { nodes: [to, from] }];
  const client = view.nodes.find((one) => one.name === from);
  return place === 'client' && client?.kind === 'client' && client.role !== 'intruder' ? [{ nodes: [from] }] : [];
}

/** Faults of a link's client that are not about its connection belong to the client itself. */
export function isAboutConnection(name: FaultName): boolean {
  return ['cut', 'half-open', 'twin', 'partition', 'one-way'].includes(name);
}
