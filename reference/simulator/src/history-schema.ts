/**
 * Reads a written history: one event a line, as JSON.
 *
 * A line that is no event is refused by its number, with what is wrong in it. Fields that an event does not know are
 * passed over, so that a history from a later version can still be judged by what is known of it.
 */

import type { JsonValue } from '@micro-socket/protocol';
import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { HistoryEvent } from './history.ts';

/** The longest line, in characters; about sixteen times the longest frame. */
export const LINE_LENGTH_MAX = 1_048_576;

/** A line of a history cannot be used; the message names the line, what is wrong, and what to do. */
export class HistoryError extends Error {
  readonly code = 'HISTORY_INVALID';
  /** From 1. */
  readonly line: number;
  /** What is wrong with it, without a full stop. */
  readonly problem: string;

  constructor(line: number, problem: string, options?: ErrorOptions) {
    super(`Line ${line} of the history cannot be used: ${problem}. Each line must be one event as JSON.`, options);
    this.name = 'HistoryError';
    this.line = line;
    this.problem = problem;
  }
}

const Text = Type.String();
const Moment = Type.Number();
const Count = Type.Integer({ minimum: 0 });
const Json = Type.Unsafe<JsonValue>(Type.Unknown());

const Place = Type.Object({ epoch: Text, seqNo: Count, messageId: Type.Optional(Text) });

const Gap = Type.Object({
  afterSeqNo: Count,
  beforeSeqNo: Type.Optional(Count),
  epochChanged: Type.Boolean(),
});

/** Where a subscription begins; by the first form that fits, as in the protocol (§4.2). */
const From = Type.Union([Type.Enum(['live', 'snapshot']), Type.Object({ last: Count }), Place]);

function event<Kind extends string, Fields extends Record<string, TSchema>>(kind: Kind, fields: Fields) {
  return Type.Object({ kind: Type.Literal(kind), at: Moment, ...fields });
}

const grant = { principal: Text, action: Type.Enum(['subscribe', 'publish']), topic: Text };
const call = { client: Text, topic: Text, messageId: Text, call: Type.Integer({ minimum: 1 }) };
const ofSubscription = { client: Text, subscription: Text, topic: Text };
const onConnection = { client: Text, connection: Text };

const SCHEMAS = {
  run: event('run', {
    source: Text,
    accessRecheckMs: Moment,
    dedupWindowMs: Moment,
    latencyObjectiveMs: Moment,
    retentionMessagesMax: Count,
    clockSkewMsMax: Moment,
    seesLog: Type.Boolean(),
    seesWire: Type.Boolean(),
  }),
  granted: event('granted', grant),
  revoked: event('revoked', grant),
  identified: event('identified', {
    ...onConnection,
    gateway: Text,
    principal: Text,
    expiresAt: Type.Optional(Moment),
    sessionId: Text,
    resumed: Type.Boolean(),
  }),
  'resume-tried': event('resume-tried', {
    ...onConnection,
    principal: Text,
    sessionId: Text,
    isOwner: Type.Boolean(),
    accepted: Type.Boolean(),
  }),
  publish: event('publish', {
    ...call,
    principal: Text,
    key: Type.Optional(Text),
    data: Json,
    ordered: Type.Boolean(),
  }),
  published: event('published', { ...call, status: Type.Enum(['ok', 'duplicate']), position: Place }),
  'publish-failed': event('publish-failed', { ...call, code: Text }),
  stored: event('stored', {
    topic: Text,
    epoch: Text,
    seqNo: Count,
    prevSeqNo: Count,
    messageId: Text,
    publisher: Text,
    key: Type.Optional(Text),
    data: Json,
    time: Moment,
    restored: Type.Optional(Type.Literal(true)),
  }),
  lost: event('lost', { topic: Text, epoch: Text, keptSeqNo: Count, epochChanged: Type.Boolean() }),
  subscribe: event('subscribe', {
    ...ofSubscription,
    principal: Text,
    mode: Type.Enum(['stream', 'latest', 'keyed', 'volatile']),
    from: From,
  }),
  subscribed: event('subscribed', {
    ...onConnection,
    gateway: Text,
    topic: Text,
    recovered: Type.Enum(['full', 'snapshot', 'gap', 'none']),
    position: Place,
    asked: Type.Optional(Place),
  }),
  delivered: event('delivered', {
    ...ofSubscription,
    epoch: Text,
    seqNo: Count,
    messageId: Text,
    key: Type.Optional(Text),
    data: Json,
    gap: Type.Optional(Gap),
    conflated: Type.Optional(Type.Literal(true)),
    fromSnapshot: Type.Optional(Type.Literal(true)),
  }),
  told: event('told', { ...ofSubscription, gap: Gap }),
  integrity: event('integrity', { ...ofSubscription, code: Text }),
  ended: event('ended', { ...ofSubscription, code: Type.Optional(Text) }),
  sent: event('sent', {
    ...onConnection,
    gateway: Text,
    topic: Text,
    type: Type.Enum(['message', 'snapshot', 'head', 'health', 'live', 'lagged', 'subscribed']),
    seqNo: Type.Optional(Count),
    state: Type.Optional(Type.Enum(['ok', 'late', 'stale'])),
  }),
  received: event('received', { gateway: Text, topic: Text, epoch: Text, seqNo: Count, gatewayTime: Moment }),
  fault: event('fault', {
    name: Text,
    nodes: Type.Array(Text),
    state: Type.Enum(['begins', 'ends', 'happens']),
    id: Type.Integer(),
  }),
  phase: event('phase', { phase: Type.Enum(['safety', 'liveness', 'end']) }),
} as const satisfies Record<HistoryEvent['kind'], TSchema>;

/** What the schemas let pass; the compiler sees that it is what the types say. */
type Written = Static<(typeof SCHEMAS)[keyof typeof SCHEMAS]>;

interface LineChecker {
  Check(value: unknown): boolean;
  Errors(value: unknown): { readonly instancePath: string; readonly message: string }[];
}

const CHECKERS: ReadonlyMap<string, LineChecker> = new Map(
  Object.entries(SCHEMAS).map(([kind, schema]) => [kind, Compile(schema)]),
);

/** The event that a line holds, by its number from 1. Throws `HistoryError`. */
export function eventOfLine(text: string, line: number): HistoryEvent {
  if (text.length > LINE_LENGTH_MAX) throw new HistoryError(line, `it is longer than ${LINE_LENGTH_MAX} characters`);
  const value = parsed(text, line);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HistoryError(line, 'it is no object');
  const kind = (value as { readonly kind?: unknown }).kind;
  const checker = typeof kind === 'string' ? CHECKERS.get(kind) : undefined;
  if (checker === undefined) {
    throw new HistoryError(
      line,
      `kind ${JSON.stringify(kind) ?? 'is missing and'} is none of ${[...CHECKERS.keys()].join(', ')}`,
    );
  }
  if (!checker.Check(value)) throw new HistoryError(line, problemOf(checker, value, String(kind)));
  return value as Written satisfies HistoryEvent;
}

function parsed(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HistoryError(line, `it is no JSON (${(cause as Error).message})`, { cause });
  }
}

function problemOf(checker: LineChecker, value: unknown, kind: string): string {
  const { instancePath = '', message = 'is not valid' } = checker.Errors(value)[0] ?? {};
  return `${[kind, ...instancePath.split('/').slice(1)].join('.')} ${message}`;
}

/**
 * Reads a history that comes in pieces, such as the chunks of a file. Empty lines are passed over. Throws `HistoryError`
 * for the first line that cannot be used; a line is given up as soon as it is too long, so no more than one is kept.
 */
export class HistoryReader {
  readonly #onEvent: (event: HistoryEvent, line: number) => void;
  #rest = '';
  #line = 0;

  constructor(onEvent: (event: HistoryEvent, line: number) => void) {
    this.#onEvent = onEvent;
  }

  /** How many lines were read. */
  get lines(): number {
    return this.#line;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
    if (this.#rest.length > LINE_LENGTH_MAX) eventOfLine(this.#rest, this.#line + 1);
  }

  /** The history is over; a last line need not end with a line feed. */
  end(): void {
    const rest = this.#rest;
    this.#rest = '';
    if (rest !== '') this.#take(rest);
  }

  #take(text: string): void {
    this.#line += 1;
    if (text.trim() !== '') this.#onEvent(eventOfLine(text, this.#line), this.#line);
  }
}
