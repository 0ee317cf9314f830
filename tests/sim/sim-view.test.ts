import type { HistoryEvent, TraceEvent, Violation } from '@micro-socket/simulator';
import { describe, expect, it } from 'vitest';
import { faultsAt } from '../../.vitepress/theme/sim/faults.ts';
import type { Batch, Status } from '../../.vitepress/theme/sim/messages.ts';
import { dotOf, pictureOf } from '../../.vitepress/theme/sim/picture.ts';
import {
  FLIGHTS_MAX,
  foldBatch,
  LOG_MAX,
  MARKS_MAX,
  type SimView,
  STRIPS_MAX,
  verdictOf,
  viewOf,
} from '../../.vitepress/theme/sim/sim-view.ts';

const TOPIC = 'prices.eurusd';

const nodes = [
  { name: 'client-1', kind: 'client', role: 'publisher' },
  { name: 'client-2', kind: 'client', role: 'subscriber', mode: 'stream', topics: [TOPIC] },
  { name: 'intruder-1', kind: 'client', role: 'intruder' },
  { name: 'gateway-1', kind: 'gateway' },
  { name: 'gateway-2', kind: 'gateway' },
  { name: 'engine', kind: 'engine' },
] as const;

const status: Status = {
  state: 'playing',
  nowMs: 0,
  phase: 'safety',
  behind: false,
  counts: { published: 0, delivered: 0 },
};

function viewAfter(events: readonly TraceEvent[], view: SimView = viewOf(nodes), more: Partial<Batch> = {}): SimView {
  const nowMs = events.at(-1)?.at ?? view.status.nowMs;
  return foldBatch(view, {
    kind: 'batch',
    run: 1,
    batch: 1,
    events,
    leftOut: 0,
    passed: {},
    violations: [],
    injected: [],
    status: { ...status, nowMs },
    ...more,
  });
}

const of = { client: 'client-2', topic: TOPIC, subscription: 's' };

function delivered(seqNo: number, more: Partial<Extract<HistoryEvent, { kind: 'delivered' }>> = {}): TraceEvent {
  return { kind: 'delivered', at: seqNo, ...of, epoch: 'e1', seqNo, messageId: `m${seqNo}`, data: null, ...more };
}

function subscribed(recovered: 'full' | 'gap' | 'snapshot' | 'none', seqNo: number): TraceEvent {
  const position = { epoch: 'e1', seqNo };
  const { client, topic } = of;
  return { kind: 'subscribed', at: 0, client, topic, connection: 'c1', gateway: 'gateway-1', recovered, position };
}

const connection = (state: 'open' | 'closed' | 'half-open', id = 'c1', gateway = 'gateway-1'): TraceEvent => ({
  kind: 'connection',
  at: 1,
  client: 'client-2',
  gateway,
  connection: id,
  state,
});

const fault = (name: string, state: 'begins' | 'ends' | 'happens', ...on: string[]): TraceEvent => ({
  kind: 'fault',
  at: 1,
  name,
  nodes: on,
  state,
  id: 7,
});

const marksOf = (view: SimView) => view.strips[0]?.marks.map(({ kind, seqNo }) => `${kind} ${seqNo ?? ''}`.trim());

describe('the timeline of a client', () => {
  it('tells messages from replayed, conflated, state and repeated ones', () => {
    const view = viewAfter([
      subscribed('none', 0),
      delivered(1),
      delivered(2),
      subscribed('full', 4),
      delivered(3),
      delivered(4),
      delivered(5),
      delivered(5),
      delivered(8, { conflated: true }),
      delivered(9, { fromSnapshot: true }),
      delivered(1, { epoch: 'e2' }),
    ]);
    expect(marksOf(view)).toEqual([
      'message 1',
      'message 2',
      'resumed',
      'replayed 3',
      'replayed 4',
      'message 5',
      'repeat 5',
      'conflated 8',
      'snapshot 9',
      'message 1',
    ]);
    expect(view.strips[0]?.counts).toMatchObject({ message: 4, replayed: 2, repeat: 1 });
    expect(view.strips[0]?.last).toEqual({ epoch: 'e2', seqNo: 1 });
  });

  it('marks a gap once, whether it is told by itself or with the message behind it', () => {
    const gap = { afterSeqNo: 2, beforeSeqNo: 6, epochChanged: false };
    const view = viewAfter([delivered(2), { kind: 'told', at: 3, ...of, gap }, delivered(6, { gap })]);
    expect(marksOf(view)).toEqual(['message 2', 'gap', 'message 6']);
    expect(view.strips[0]?.marks[1]?.missing).toBe(3);
    expect(marksOf(viewAfter([delivered(9, { gap: { ...gap, beforeSeqNo: 9 } })]))).toEqual(['gap', 'message 9']);
  });

  it('marks duplicates that the client dropped, lateness, lost connections and ends', () => {
    const sent = {
      kind: 'sent',
      at: 2,
      gateway: 'gateway-1',
      client: 'client-2',
      connection: 'c1',
      topic: TOPIC,
    } as const;
    const view = viewAfter([
      connection('open'),
      delivered(1),
      { ...sent, type: 'message', seqNo: 1 },
      { ...sent, type: 'health', state: 'late' },
      { ...sent, type: 'health', state: 'ok' },
      connection('half-open'),
      connection('closed'),
      { kind: 'ended', at: 3, ...of, code: 'POSITION_GONE' },
      { kind: 'ended', at: 3, ...of },
    ]);
    expect(marksOf(view)).toEqual(['message 1', 'dropped 1', 'late', 'well', 'offline', 'ended']);
  });

  it('keeps the newest marks and counts them all', () => {
    const many = Array.from({ length: MARKS_MAX + 15 }, (_, index) => delivered(index + 1));
    const view = viewAfter(many);
    expect(view.strips[0]?.marks).toHaveLength(MARKS_MAX);
    expect(view.strips[0]?.marks.at(-1)).toMatchObject({ number: MARKS_MAX + 15, seqNo: MARKS_MAX + 15 });
    expect(view.strips[0]?.counts.message).toBe(MARKS_MAX + 15);
    const next = viewAfter([delivered(MARKS_MAX + 16)], view);
    expect(next.strips[0]?.marks.at(-1)?.number).toBe(MARKS_MAX + 16);
  });

  it('shows as many rows as there is room for', () => {
    const many = Array.from({ length: STRIPS_MAX + 5 }, (_, index) => delivered(1, { client: `client-${index}` }));
    expect(viewAfter(many).strips).toHaveLength(STRIPS_MAX);
  });
});

describe('a view', () => {
  it('is never changed by what comes later', () => {
    const before = viewAfter([connection('open'), delivered(1), fault('partition', 'begins', 'gateway-1', 'engine')]);
    const copy = structuredClone(before);
    viewAfter([delivered(2), connection('closed'), fault('partition', 'ends', 'gateway-1', 'engine')], before);
    expect(before).toEqual(copy);
  });

  it('keeps the packets that are on their way, and bounds everything', () => {
    const packet = (at: number, arrivesAt: number): TraceEvent => ({
      kind: 'packet',
      at,
      arrivesAt,
      packet: at,
      from: 'client-1',
      to: 'gateway-1',
      type: 'publish',
      bytes: 1,
    });
    const first = viewAfter([packet(10, 20), packet(10, 500)]);
    const second = viewAfter([packet(100, 200)], viewAfter([packet(90, 95)], first));
    expect(second.flights.map(({ arrivesAt }) => arrivesAt)).toEqual([500, 95, 200]);
    const third = viewAfter([packet(401, 420)], viewAfter([packet(400, 410)], second));
    expect(third.flights.map(({ arrivesAt }) => arrivesAt)).toEqual([500, 410, 420]);
    const many = Array.from({ length: FLIGHTS_MAX + 9 }, () => packet(1, 9_999));
    expect(viewAfter(many).flights).toHaveLength(FLIGHTS_MAX);
    const noisy = Array.from({ length: LOG_MAX + 9 }, () => fault('cut', 'happens', 'client-2'));
    const view = viewAfter(noisy);
    expect(view.log).toHaveLength(LOG_MAX);
    expect(view.details).toHaveLength(LOG_MAX);
    expect(view.log.at(-1)?.number).toBe(LOG_MAX + 9);
  });

  it('has news apart from details', () => {
    const view = viewAfter([delivered(1), fault('cut', 'happens', 'client-2'), connection('half-open')]);
    expect(view.log.map(({ event }) => event.kind)).toEqual(['fault']);
    expect(view.details.map(({ event }) => event.kind)).toEqual(['delivered', 'fault']);
  });

  it('keeps the first breach of each invariant and counts the others', () => {
    const violation: Violation = { invariant: 'I3', rule: 'r', detail: 'd', at: 5, nodes: [] };
    const view = viewAfter([], viewOf(nodes), { violations: [violation, { ...violation, at: 6 }] });
    expect(view.invariants.I3).toEqual({ broken: 2, first: violation });
    expect(view.log.map(({ event }) => event.kind)).toEqual(['violation']);
    expect(verdictOf(view, 'I3')).toBe('broken');
    expect(verdictOf(view, 'I4')).toBe('holds');
    expect(verdictOf(view, 'liveness')).toBe('open');
    const over = viewAfter([], view, { status: { ...status, state: 'over' } });
    expect(verdictOf(over, 'liveness')).toBe('holds');
  });

  it('collects what the reader injected', () => {
    const made = { id: 3, name: 'cut', atMs: 5, forMs: 0, nodes: ['client-2'] } as const;
    const view = viewAfter([], viewAfter([], viewOf(nodes), { injected: [made] }), { injected: [{ ...made, id: 4 }] });
    expect(view.injected.map(({ id }) => id)).toEqual([3, 4]);
  });
});

describe('the picture', () => {
  const linkStates = (view: SimView) =>
    Object.fromEntries(pictureOf(view, 'wide').links.map(({ from, to, state }) => [`${from}>${to}`, state]));
  const nodeStates = (view: SimView) =>
    Object.fromEntries(pictureOf(view, 'wide').nodes.map(({ node, state }) => [node.name, state]));

  it('shows connections as they are', () => {
    expect(linkStates(viewAfter([connection('open')]))).toEqual({
      'gateway-1>engine': 'open',
      'gateway-2>engine': 'open',
      'client-2>gateway-1': 'open',
    });
    expect(linkStates(viewAfter([connection('half-open')]))['client-2>gateway-1']).toBe('half-open');
    const twin = [connection('open'), connection('half-open'), connection('open', 'c2')];
    expect(linkStates(viewAfter(twin))['client-2>gateway-1']).toBe('twin');
    expect(linkStates(viewAfter([...twin, connection('closed'), connection('closed', 'c2')]))).not.toHaveProperty(
      'client-2>gateway-1',
    );
  });

  it('shows what is closed in both directions, in one, and where no connection is', () => {
    expect(linkStates(viewAfter([fault('partition', 'begins', 'gateway-1', 'engine')]))['gateway-1>engine']).toBe(
      'closed',
    );
    expect(linkStates(viewAfter([fault('one-way', 'begins', 'engine', 'gateway-1')]))['gateway-1>engine']).toBe(
      'one-way',
    );
    expect(linkStates(viewAfter([fault('partition', 'begins', 'gateway-2', 'client-2')]))['client-2>gateway-2']).toBe(
      'closed',
    );
    const over = [
      fault('partition', 'begins', 'gateway-1', 'engine'),
      fault('partition', 'ends', 'gateway-1', 'engine'),
    ];
    expect(linkStates(viewAfter(over))['gateway-1>engine']).toBe('open');
  });

  it('shows nodes that are down, without a connection, or slow', () => {
    expect(nodeStates(viewAfter([{ kind: 'node', at: 1, node: 'gateway-1', state: 'down' }]))['gateway-1']).toBe(
      'down',
    );
    expect(nodeStates(viewAfter([]))['client-2']).toBe('offline');
    expect(nodeStates(viewAfter([connection('open')]))['client-2']).toBe('up');
    expect(nodeStates(viewAfter([connection('open'), fault('slow-reader', 'begins', 'client-2')]))['client-2']).toBe(
      'slow',
    );
  });

  it('shows an intruder once it has acted', () => {
    expect(nodeStates(viewAfter([]))).not.toHaveProperty('intruder-1');
    const acted = viewAfter([], viewOf(nodes), { passed: { 'intruder-1>gateway-1': 1 } });
    expect(nodeStates(acted)).toHaveProperty('intruder-1');
  });

  it.each(['wide', 'narrow'] as const)('has room for the greatest world (%s)', (shape) => {
    const named = (
      kind: 'client' | 'gateway',
      role: 'publisher' | 'subscriber' | undefined,
      from: number,
      count: number,
    ) =>
      Array.from({ length: count }, (_, index) => ({
        name: `${kind}-${from + index}`,
        kind,
        ...(role === undefined ? {} : { role }),
      }));
    const greatest = [
      ...named('client', 'publisher', 1, 4),
      ...named('client', 'subscriber', 5, 6),
      ...named('gateway', undefined, 1, 4),
      { name: 'engine', kind: 'engine' } as const,
    ];
    const { nodes: placed, layout } = pictureOf(viewOf(greatest), shape);
    expect(placed).toHaveLength(greatest.length);
    for (const [index, { place }] of placed.entries()) {
      expect(place.x).toBeGreaterThan(40);
      expect(place.x).toBeLessThan(layout.width - 40);
      expect(place.y).toBeGreaterThan(30);
      expect(place.y).toBeLessThan(layout.height - 30);
      for (const other of placed.slice(index + 1)) {
        const apart = Math.hypot(place.x - other.place.x, place.y - other.place.y);
        expect(apart, `${placed[index]?.node.name} and ${other.node.name}`).toBeGreaterThan(44);
      }
    }
  });

  it('moves a packet from one node to the other, and stops a lost one half-way', () => {
    const places = new Map([
      ['a', { x: 0, y: 0 }],
      ['b', { x: 100, y: 0 }],
    ]);
    const flight = { packet: 1, from: 'a', to: 'b', at: 10, arrivesAt: 20, type: 'message', lost: false };
    expect(dotOf(flight, 9, places)).toBeUndefined();
    expect(dotOf(flight, 15, places)).toMatchObject({ x: 50, kind: 'message' });
    expect(dotOf(flight, 21, places)).toBeUndefined();
    expect(dotOf({ ...flight, type: 'ping' }, 12, places)).toMatchObject({ x: 20, kind: 'frame' });
    expect(dotOf({ ...flight, lost: true }, 18, places)).toMatchObject({ x: 50, kind: 'lost' });
  });
});

describe('the faults that fit', () => {
  const namesAt = (...args: Parameters<typeof faultsAt>) => faultsAt(...args).map(({ name }) => name);
  const view = viewOf(nodes);

  it('differ by what is picked', () => {
    expect(namesAt({ kind: 'node', name: 'gateway-1' }, view)).toEqual(['gateway-kill', 'deaf-gateway']);
    expect(namesAt({ kind: 'node', name: 'engine' }, view)).toEqual([
      'engine-restart',
      'engine-wiped',
      'engine-lost-tail',
      'engine-reused-seqnos',
    ]);
    expect(namesAt({ kind: 'node', name: 'client-1' }, view)).toEqual(
      expect.arrayContaining(['cut', 'revoke-publish', 'burst', 'intruder']),
    );
    expect(namesAt({ kind: 'node', name: 'client-1' }, view)).not.toContain('slow-reader');
    expect(namesAt({ kind: 'node', name: 'client-2' }, view)).toEqual(
      expect.arrayContaining(['slow-reader', 'revoke-read', 'expire-token', 'client-restart']),
    );
    expect(namesAt({ kind: 'link', from: 'gateway-1', to: 'engine' }, view)).toEqual([
      'partition',
      'one-way',
      'one-way',
    ]);
    expect(namesAt({ kind: 'link', from: 'client-2', to: 'gateway-1' }, view)).toEqual(
      expect.arrayContaining(['cut', 'half-open', 'twin', 'partition']),
    );
    expect(namesAt({ kind: 'node', name: 'intruder-1' }, view)).toEqual([]);
  });

  it('name the topic, also for a publisher, which subscribes to none', () => {
    const [burst] = faultsAt({ kind: 'node', name: 'client-1' }, view).filter(({ name }) => name === 'burst');
    expect(burst).toMatchObject({ nodes: ['client-1'], topic: TOPIC, count: 60 });
  });
});
