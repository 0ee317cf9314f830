/** What a picture shows of a view: nodes with their state, links with theirs, and how packets move on them. */

import type { Selection } from './faults.ts';
import { between, type Layout, layoutOf, type Place, REACH, type Shape } from './layout.ts';
import { type Flight, type NodeView, type SimView, wayOf } from './sim-view.ts';

export type NodeState = 'up' | 'down' | 'offline' | 'slow';

/** `twin`: one connection that works, and one that is dead and not known to be. */
export type LinkState = 'open' | 'half-open' | 'twin' | 'closed' | 'one-way';

export interface NodePicture {
  readonly node: NodeView;
  readonly state: NodeState;
  readonly place: Place;
}

export interface LinkPicture {
  readonly from: string;
  readonly to: string;
  readonly state: LinkState;
  readonly ends: { readonly from: Place; readonly to: Place };
  readonly middle: Place;
  /** How many packets have passed, both ways. */
  readonly passed: number;
}

export interface Picture {
  readonly layout: Layout;
  readonly nodes: readonly NodePicture[];
  readonly links: readonly LinkPicture[];
}

export function pictureOf(view: SimView, shape: Shape): Picture {
  const shown = view.nodes.filter((node) => node.role !== 'intruder' || hasActed(node.name, view));
  const layout = layoutOf(shown, shape);
  const nodes = shown.flatMap((node): NodePicture[] => {
    const place = layout.places.get(node.name);
    return place === undefined ? [] : [{ node, state: stateOf(node, view), place }];
  });
  return { layout, nodes, links: linksOf(view, nodes) };
}

function hasActed(name: string, { passed }: SimView): boolean {
  return Object.keys(passed).some((way) => way.startsWith(`${name}>`));
}

function stateOf(node: NodeView, view: SimView): NodeState {
  if (!node.up) return 'down';
  if (node.kind !== 'client' || node.role === 'intruder') return 'up';
  const open = view.connections.some(({ client, state }) => client === node.name && state === 'open');
  if (!open) return 'offline';
  const slow = view.faults.some(({ name, nodes }) => name === 'slow-reader' && nodes[0] === node.name);
  return slow ? 'slow' : 'up';
}

function linksOf(view: SimView, nodes: readonly NodePicture[]): readonly LinkPicture[] {
  const byName = new Map(nodes.map((one) => [one.node.name, one]));
  return pairsOf(view).flatMap(([from, to, connection]) => {
    const one = byName.get(from);
    const other = byName.get(to);
    if (one === undefined || other === undefined) return [];
    const ends = between(one.place, other.place, REACH[one.node.kind], REACH[other.node.kind]);
    const middle = { x: (ends.from.x + ends.to.x) / 2, y: (ends.from.y + ends.to.y) / 2 };
    const passed = (view.passed[`${from}>${to}`] ?? 0) + (view.passed[`${to}>${from}`] ?? 0);
    return [{ from, to, state: linkState(view, from, to, connection), ends, middle, passed }];
  });
}

type Pair = readonly [from: string, to: string, connection: 'open' | 'half-open' | 'twin'];

/** Every gateway reaches the engine; clients have the connections they have, and the ways that are closed to them. */
function pairsOf({ nodes, connections, faults }: SimView): readonly Pair[] {
  const pairs = new Map<string, Pair>();
  for (const { kind, name } of nodes) if (kind === 'gateway') pairs.set(`${name} engine`, [name, 'engine', 'open']);
  for (const { client, gateway, state } of connections) {
    const known = pairs.get(`${client} ${gateway}`)?.[2];
    const both = known !== undefined && known !== state;
    pairs.set(`${client} ${gateway}`, [client, gateway, both ? 'twin' : state]);
  }
  for (const {
    name,
    nodes: [one = '', other = ''],
  } of faults) {
    if (name !== 'partition' && name !== 'one-way') continue;
    const [client, gateway] = one.startsWith('gateway') ? [other, one] : [one, other];
    if (client === 'engine' || pairs.has(`${client} ${gateway}`)) continue;
    pairs.set(`${client} ${gateway}`, [client, gateway, 'half-open']);
  }
  return [...pairs.values()];
}

function linkState(view: SimView, from: string, to: string, connection: Pair[2]): LinkState {
  const there = wayOf(view, from, to);
  const back = wayOf(view, to, from);
  if (there === 'closed' && back === 'closed') return 'closed';
  if (there === 'closed' || back === 'closed') return 'one-way';
  return connection;
}

/** Everything that can be picked, in the order of the arrow keys. */
export function choicesOf({ nodes, links }: Picture): readonly Selection[] {
  return [
    ...nodes.map(({ node }): Selection => ({ kind: 'node', name: node.name })),
    ...links.map(({ from, to }): Selection => ({ kind: 'link', from, to })),
  ];
}

export function keyOfSelection(selection: Selection): string {
  return selection.kind === 'node' ? selection.name : `${selection.from}>${selection.to}`;
}

export interface Dot {
  readonly x: number;
  readonly y: number;
  /** `lost`: it has gone half of its way, and goes no further. */
  readonly kind: 'message' | 'frame' | 'lost';
}

/** Frames that carry what programs publish; all others keep the world going. */
const CARRIES_MESSAGES: ReadonlySet<string> = new Set(['message', 'publish', 'entry', 'snapshot']);

/** Two ways side by side, as on a road. */
const LANE_PX = 5;

/** Where a packet is lost, as a part of its way. */
const LOST_AT = 0.5;

/** The dot of a packet at a moment; nothing when it is not on its way then. */
export function dotOf(flight: Flight, atMs: number, places: Layout['places']): Dot | undefined {
  const { at, arrivesAt, from, to, type, lost } = flight;
  const start = places.get(from);
  const end = places.get(to);
  if (start === undefined || end === undefined || atMs < at || atMs > arrivesAt) return undefined;
  const share = arrivesAt === at ? 1 : (atMs - at) / (arrivesAt - at);
  const gone = lost ? Math.min(LOST_AT, share) : share;
  const length = Math.hypot(end.x - start.x, end.y - start.y) || 1;
  const sideX = (-(end.y - start.y) / length) * LANE_PX;
  const sideY = ((end.x - start.x) / length) * LANE_PX;
  return {
    x: start.x + (end.x - start.x) * gone + sideX,
    y: start.y + (end.y - start.y) * gone + sideY,
    kind: lost && share >= LOST_AT ? 'lost' : CARRIES_MESSAGES.has(type) ? 'message' : 'frame',
  };
}
