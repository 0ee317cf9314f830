/**
 * What the page shows of a run, folded from its events: no Vue, no clock, everything bounded.
 *
 * A view is never changed. Folding a batch gives a new one that shares what the batch did not touch.
 */

import type { SubscriptionMode } from '@micro-socket/protocol';
import type { HistoryEvent, Invariant, PlannedFault, Simulation, TraceEvent, Violation } from '@micro-socket/simulator';
import type { Batch, Status } from './messages.ts';

export type NodeKind = Simulation['nodes'][number]['kind'];
export type NodeRole = NonNullable<Simulation['nodes'][number]['role']>;

export interface NodeView {
  readonly name: string;
  readonly kind: NodeKind;
  readonly role?: NodeRole;
  readonly mode?: SubscriptionMode;
  readonly topics: readonly string[];
  readonly up: boolean;
}

export interface ConnectionView {
  readonly id: string;
  readonly client: string;
  readonly gateway: string;
  readonly state: 'open' | 'half-open';
}

/** A fault that lasts at this moment. */
export interface ActiveFault {
  readonly id: number;
  readonly name: string;
  readonly nodes: readonly string[];
}

/** A packet on its way, at the moment of the view or a little before it. */
export interface Flight {
  readonly packet: number;
  readonly from: string;
  readonly to: string;
  readonly at: number;
  readonly arrivesAt: number;
  readonly type: string;
  readonly lost: boolean;
}

export const MARK_KINDS = [
  /** A message, as it should be. */
  'message',
  /** A message from before the client was there again: the history was sent to it. */
  'replayed',
  /** A part of the topic's state. */
  'snapshot',
  /** A message before which others were left out, as the mode says. */
  'conflated',
  /** The program got a message that it had. */
  'repeat',
  /** A message came a second time, and the client kept it from the program. */
  'dropped',
  /** The program was told that messages are missing. */
  'gap',
  /** The subscription goes on where it was, … */
  'resumed',
  /** … or with a hole, … */
  'resumed-gap',
  /** … or with the topic's state. */
  'resumed-snapshot',
  /** The gateway says that the topic's messages are late, … */
  'late',
  /** … or that they are no longer. */
  'well',
  /** The client lost its connection. */
  'offline',
  /** The subscription has ended. */
  'ended',
] as const;

export type MarkKind = (typeof MARK_KINDS)[number];

export interface Mark {
  /** Its place among all marks of its strip, from 1. */
  readonly number: number;
  readonly kind: MarkKind;
  readonly at: number;
  readonly seqNo?: number;
  /** How many messages are missing, as far as that is known. */
  readonly missing?: number;
}

/** The timeline of a client on a topic. */
export interface Strip {
  readonly client: string;
  readonly topic: string;
  /** The newest marks. */
  readonly marks: readonly Mark[];
  /** How many of each kind there were since the beginning. */
  readonly counts: Readonly<Partial<Record<MarkKind, number>>>;
  readonly last?: { readonly epoch: string; readonly seqNo: number };
  /** Messages up to here are older than the connection. */
  readonly replayTo?: { readonly epoch: string; readonly seqNo: number };
}

export interface InvariantView {
  readonly broken: number;
  readonly first?: Violation;
}

export type LogEvent = TraceEvent | { readonly kind: 'violation'; readonly at: number; readonly violation: Violation };

export interface LogEntry {
  readonly number: number;
  readonly event: LogEvent;
  /** One of the many that are only shown when they are asked for. */
  readonly detail: boolean;
}

export interface SimView {
  readonly nodes: readonly NodeView[];
  readonly connections: readonly ConnectionView[];
  readonly faults: readonly ActiveFault[];
  readonly flights: readonly Flight[];
  readonly passed: Readonly<Record<string, number>>;
  readonly strips: readonly Strip[];
  readonly invariants: Readonly<Partial<Record<Invariant, InvariantView>>>;
  readonly log: readonly LogEntry[];
  readonly details: readonly LogEntry[];
  readonly logged: number;
  /** What the reader did, as the run has it. */
  readonly injected: readonly PlannedFault[];
  readonly status: Status;
}

export const MARKS_MAX = 60;
export const FLIGHTS_MAX = 240;
export const LOG_MAX = 150;
export const STRIPS_MAX = 24;
export const CONNECTIONS_MAX = 64;
export const FAULTS_MAX = 64;

const FIRST_STATUS: Status = {
  state: 'paused',
  nowMs: 0,
  phase: 'safety',
  behind: false,
  counts: { published: 0, delivered: 0 },
};

export function viewOf(nodes: Simulation['nodes']): SimView {
  return {
    nodes: nodes.map((node) => ({ ...node, topics: node.topics ?? [], up: true })),
    connections: [],
    faults: [],
    flights: [],
    passed: {},
    strips: [],
    invariants: {},
    log: [],
    details: [],
    logged: 0,
    injected: [],
    status: FIRST_STATUS,
  };
}

/** The view after a batch. */
export function foldBatch(view: SimView, batch: Batch): SimView {
  const next = new Draft(view);
  for (const event of batch.events) next.take(event);
  for (const violation of batch.violations) next.takeViolation(violation);
  return next.finish(batch);
}

/** A view in the making: the only place at which anything is changed, and only copies. */
class Draft {
  readonly #before: SimView;
  #nodes: readonly NodeView[];
  #connections: readonly ConnectionView[];
  #faults: readonly ActiveFault[];
  readonly #flights: Flight[];
  readonly #strips: Map<string, StripDraft>;
  readonly #invariants: Partial<Record<Invariant, InvariantView>>;
  readonly #log: LogEntry[];
  readonly #details: LogEntry[];
  #logged: number;

  constructor(view: SimView) {
    this.#before = view;
    this.#nodes = view.nodes;
    this.#connections = view.connections;
    this.#faults = view.faults;
    this.#flights = [...view.flights];
    this.#strips = new Map(view.strips.map((strip) => [keyOf(strip.client, strip.topic), new StripDraft(strip)]));
    this.#invariants = { ...view.invariants };
    this.#log = [...view.log];
    this.#details = [...view.details];
    this.#logged = view.logged;
  }

  take(event: TraceEvent): void {
    if (event.kind === 'packet') this.#takePacket(event);
    else if (event.kind === 'node') this.#takeNode(event);
    else if (event.kind === 'connection') this.#takeConnection(event);
    else if (event.kind === 'fault') this.#takeFault(event);
    else this.#takeOfStrip(event);
    if (isNews(event)) this.#write(event, false);
    else if (isDetail(event)) this.#write(event, true);
  }

  takeViolation(violation: Violation): void {
    const { invariant } = violation;
    const known = this.#invariants[invariant];
    this.#invariants[invariant] = { broken: (known?.broken ?? 0) + 1, first: known?.first ?? violation };
    // The first of each rule says it all; a broken invariant may be broken a thousand times more.
    if (known === undefined) this.#write({ kind: 'violation', at: violation.at, violation }, false);
  }

  finish({ passed, injected, status }: Batch): SimView {
    // A page draws a little behind the run, so that nothing jumps.
    const beforeMs = this.#before.status.nowMs;
    const shownFrom = beforeMs - 2 * (status.nowMs - beforeMs);
    const underWay = this.#flights.filter(({ arrivesAt }) => arrivesAt >= shownFrom);
    return {
      nodes: this.#nodes,
      connections: this.#connections,
      faults: this.#faults,
      flights: underWay.slice(-FLIGHTS_MAX),
      passed,
      strips: [...this.#strips.values()].map((strip) => strip.finish()),
      invariants: this.#invariants,
      log: this.#log.slice(-LOG_MAX),
      details: this.#details.slice(-LOG_MAX),
      logged: this.#logged,
      injected: injected.length === 0 ? this.#before.injected : [...this.#before.injected, ...injected],
      status,
    };
  }

  #takePacket({ packet, from, to, at, arrivesAt, type, lost }: Extract<TraceEvent, { kind: 'packet' }>): void {
    this.#flights.push({ packet, from, to, at, arrivesAt, type, lost: lost === true });
  }

  #takeNode({ node, state }: Extract<TraceEvent, { kind: 'node' }>): void {
    this.#nodes = this.#nodes.map((one) => (one.name === node ? { ...one, up: state === 'up' } : one));
  }

  #takeConnection(event: Extract<TraceEvent, { kind: 'connection' }>): void {
    const { connection: id, client, gateway, state } = event;
    const wasOpen = this.#connections.some((one) => one.id === id && one.state === 'open');
    const others = this.#connections.filter((one) => one.id !== id);
    this.#connections =
      state === 'closed' ? others : [...others, { id, client, gateway, state }].slice(-CONNECTIONS_MAX);
    if (!wasOpen || state === 'open') return;
    for (const strip of this.#strips.values())
      if (strip.client === client) strip.mark({ kind: 'offline', at: event.at });
  }

  #takeFault({ id, name, nodes, state }: Extract<HistoryEvent, { kind: 'fault' }>): void {
    if (state === 'happens') return;
    const others = this.#faults.filter((one) => one.id !== id);
    this.#faults = state === 'ends' ? others : [...others, { id, name, nodes }].slice(-FAULTS_MAX);
  }

  #takeOfStrip(event: TraceEvent): void {
    if (event.kind === 'delivered') this.#stripOf(event.client, event.topic)?.deliver(event);
    else if (event.kind === 'told') this.#stripOf(event.client, event.topic)?.tell(event);
    else if (event.kind === 'subscribed') this.#stripOf(event.client, event.topic)?.goOn(event);
    else if (event.kind === 'sent') this.#stripOf(event.client, event.topic)?.mark(markOfSent(event));
    else if (event.kind === 'ended' && event.code !== undefined) {
      this.#stripOf(event.client, event.topic)?.mark({ kind: 'ended', at: event.at });
    }
  }

  /** Nothing where there are more than can be shown. */
  #stripOf(client: string, topic: string): StripDraft | undefined {
    const key = keyOf(client, topic);
    const known = this.#strips.get(key);
    if (known !== undefined || this.#strips.size >= STRIPS_MAX) return known;
    const strip = new StripDraft({ client, topic, marks: [], counts: {} });
    this.#strips.set(key, strip);
    return strip;
  }

  #write(event: LogEvent, detail: boolean): void {
    this.#logged += 1;
    const entry = { number: this.#logged, event, detail };
    this.#details.push(entry);
    if (!detail) this.#log.push(entry);
  }
}

type NewMark = Omit<Mark, 'number'>;

/** A strip in the making. It copies nothing until it is changed. */
class StripDraft {
  readonly client: string;
  #strip: Strip;
  #marks: Mark[] | undefined;
  #counts: Partial<Record<MarkKind, number>> = {};

  constructor(strip: Strip) {
    this.client = strip.client;
    this.#strip = strip;
  }

  deliver(event: Extract<HistoryEvent, { kind: 'delivered' }>): void {
    const { at, epoch, seqNo, gap } = event;
    if (gap !== undefined) this.tell({ at, gap });
    this.mark({ kind: this.#kindOf(event), at, seqNo });
    this.#strip = { ...this.#strip, last: { epoch, seqNo } };
  }

  tell({ at, gap }: Pick<Extract<HistoryEvent, { kind: 'told' }>, 'at' | 'gap'>): void {
    // A gap is told by itself and again with the message behind it.
    if (this.#lastKind() === 'gap') return;
    const missing = gap.epochChanged || gap.beforeSeqNo === undefined ? 0 : gap.beforeSeqNo - gap.afterSeqNo - 1;
    this.mark({ kind: 'gap', at, ...(missing > 0 ? { missing } : {}) });
  }

  goOn({ at, recovered, position }: Extract<HistoryEvent, { kind: 'subscribed' }>): void {
    const { epoch, seqNo } = position;
    this.#strip = { ...this.#strip, replayTo: { epoch, seqNo } };
    if (recovered === 'full') this.mark({ kind: 'resumed', at });
    else if (recovered !== 'none') this.mark({ kind: `resumed-${recovered}`, at });
  }

  mark(mark: NewMark): void {
    if (this.#marks === undefined) {
      this.#marks = [...this.#strip.marks];
      this.#counts = { ...this.#strip.counts };
    }
    const number = (this.#marks.at(-1)?.number ?? 0) + 1;
    this.#marks.push({ ...mark, number });
    this.#counts[mark.kind] = (this.#counts[mark.kind] ?? 0) + 1;
  }

  finish(): Strip {
    if (this.#marks === undefined) return this.#strip;
    return { ...this.#strip, marks: this.#marks.slice(-MARKS_MAX), counts: this.#counts };
  }

  #lastKind(): MarkKind | undefined {
    return (this.#marks ?? this.#strip.marks).at(-1)?.kind;
  }

  #kindOf({ epoch, seqNo, fromSnapshot, conflated }: Extract<HistoryEvent, { kind: 'delivered' }>): MarkKind {
    const { last, replayTo } = this.#strip;
    if (fromSnapshot) return 'snapshot';
    if (last !== undefined && last.epoch === epoch && seqNo <= last.seqNo) return 'repeat';
    if (conflated) return 'conflated';
    if (replayTo !== undefined && replayTo.epoch === epoch && seqNo <= replayTo.seqNo) return 'replayed';
    return 'message';
  }
}

/** Of what gateways send, the page is told of lateness and of messages that the client already had. */
function markOfSent({ at, seqNo, type, state }: Extract<HistoryEvent, { kind: 'sent' }>): NewMark {
  if (type === 'health') return { kind: state === 'ok' ? 'well' : 'late', at };
  return { kind: 'dropped', at, ...(seqNo === undefined ? {} : { seqNo }) };
}

function keyOf(client: string, topic: string): string {
  return `${client} ${topic}`;
}

/** What a reader of the log wants to know even when nothing else is wanted. */
function isNews(event: TraceEvent): boolean {
  switch (event.kind) {
    case 'fault':
    case 'node':
    case 'phase':
    case 'lost':
    case 'told':
    case 'integrity':
    case 'publish-failed':
      return true;
    case 'connection':
      // One end may know before the other; that is no news, and a fault that does it on purpose is told by itself.
      return event.state !== 'half-open';
    case 'resume-tried':
      return !event.isOwner;
    case 'granted':
    case 'revoked':
      // What holds from the beginning is no news.
      return event.at > 0;
    case 'sent':
      return event.type === 'health';
    case 'subscribed':
      return event.recovered !== 'none';
    case 'ended':
      return event.code !== undefined;
    default:
      return false;
  }
}

function isDetail(event: TraceEvent): boolean {
  return (
    event.kind === 'delivered' || event.kind === 'published' || event.kind === 'identified' || event.kind === 'sent'
  );
}

/** A word on every invariant: it holds, it is broken, or it cannot be judged yet. */
export function verdictOf(view: SimView, invariant: Invariant): 'holds' | 'broken' | 'open' {
  if (view.invariants[invariant] !== undefined) return 'broken';
  return invariant === 'liveness' && view.status.state !== 'over' ? 'open' : 'holds';
}

/** The way between two nodes, at this moment. */
export function wayOf(view: SimView, from: string, to: string): 'open' | 'closed' {
  const closed = view.faults.some(({ name, nodes: [one, other] }) => {
    if (name === 'one-way') return one === from && other === to;
    return name === 'partition' && ((one === from && other === to) || (one === to && other === from));
  });
  return closed ? 'closed' : 'open';
}
