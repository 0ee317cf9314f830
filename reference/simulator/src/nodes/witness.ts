/**
 * Stands beside every connection and writes down what passes: who was let in as whom, and which topic's bytes a gateway
 * gave to whom. It believes nobody: it reads the frames themselves.
 */

import { type ClientFrame, codecFor, type FrameBody, type GatewayFrame } from '@micro-socket/protocol';
import type { HistoryEvent, SentEvent } from '../history.ts';
import type { SimConnection } from '../network/connection.ts';
import { principalOf } from './sim-policy.ts';

type SetupFrame = Extract<ClientFrame, { type: 'setup' }>;
type ResumeAsked = Pick<NonNullable<SetupFrame['resume']>, 'sessionId' | 'resumeKey' | 'subscriptions'>;

interface Seen {
  principal: string;
  token: string | undefined;
  /** Tokens of refreshes that have not been answered, by request. */
  readonly refreshes: Map<number, string>;
  readonly resumes: Map<number, ResumeAsked>;
  setupResume: ResumeAsked | undefined;
  /** From which position each topic was asked for, by topic. */
  readonly asked: Map<string, NonNullable<ResumeAsked['subscriptions'][number]['from']>>;
  readonly topics: Map<number, string>;
  isReady: boolean;
}

interface SessionOwner {
  readonly principal: string;
  /** All that were given out for it, the newest last. */
  readonly resumeKeys: readonly string[];
}

export interface WitnessOptions {
  readonly at: () => number;
  readonly record: (event: HistoryEvent) => void;
}

const TOPIC_FRAMES: readonly string[] = ['message', 'snapshot', 'head', 'health', 'live', 'lagged', 'subscribed'];

export class Witness {
  readonly #options: WitnessOptions;
  readonly #seen = new Map<SimConnection, Seen>();
  readonly #owners = new Map<string, SessionOwner>();
  /** The frames of buffers that were written more than once. */
  readonly #decoded = new WeakMap<object, readonly GatewayFrame[]>();

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /** The session that a client was given last, and its key. */
  sessionOf(principal: string): { sessionId: string; resumeKey: string } | undefined {
    let found: { sessionId: string; resumeKey: string } | undefined;
    for (const [sessionId, owner] of this.#owners) {
      if (owner.principal === principal) found = { sessionId, resumeKey: owner.resumeKeys.at(-1) as string };
    }
    return found;
  }

  forget(connection: SimConnection): void {
    this.#seen.delete(connection);
  }

  clientSent(connection: SimConnection, bodies: readonly FrameBody[]): readonly ClientFrame[] {
    const frames = bodies.map((body) => codecFor(connection.encoding).decode(body, 'client') as ClientFrame);
    const seen = this.#seenOf(connection);
    for (const frame of frames) this.#noteRequest(frame, seen);
    return frames;
  }

  gatewaySent(connection: SimConnection, bodies: readonly FrameBody[]): readonly GatewayFrame[] {
    const frames = this.#framesOf(connection, bodies);
    const seen = this.#seenOf(connection);
    for (const frame of frames) this.#noteFrame(frame, connection, seen);
    return frames;
  }

  #framesOf({ encoding }: SimConnection, bodies: readonly FrameBody[]): readonly GatewayFrame[] {
    const known = this.#decoded.get(bodies);
    if (known !== undefined) return known;
    const frames = bodies.map((body) => codecFor(encoding).decode(body, 'gateway') as GatewayFrame);
    this.#decoded.set(bodies, frames);
    return frames;
  }

  #noteRequest(frame: ClientFrame, seen: Seen): void {
    if (frame.type === 'setup') {
      seen.token = frame.token;
      seen.principal = frame.token === undefined ? '' : principalOf(frame.token).name;
      seen.setupResume = frame.resume;
      this.#noteAsked(frame.resume, seen);
    } else if (frame.type === 'resume') {
      seen.resumes.set(frame.id, frame);
      this.#noteAsked(frame, seen);
    } else if (frame.type === 'refresh') {
      seen.refreshes.set(frame.id, frame.token);
    } else if (frame.type === 'subscribe') {
      if (frame.from === undefined) seen.asked.delete(frame.topic);
      else seen.asked.set(frame.topic, frame.from);
    }
  }

  #noteAsked(asked: ResumeAsked | undefined, seen: Seen): void {
    for (const { topic, from } of asked?.subscriptions ?? []) {
      if (from === undefined) seen.asked.delete(topic);
      else seen.asked.set(topic, from);
    }
  }

  #noteFrame(frame: GatewayFrame, connection: SimConnection, seen: Seen): void {
    if (frame.type === 'ready') {
      this.#noteReady(frame, connection, seen);
    } else if (frame.type === 'error' && !seen.isReady && seen.setupResume !== undefined) {
      this.#tried(seen.setupResume, connection, seen, false);
      seen.setupResume = undefined;
    } else if ((frame.type === 'resumed' || frame.type === 'error') && frame.id !== undefined) {
      const asked = seen.resumes.get(frame.id);
      if (asked !== undefined) this.#tried(asked, connection, seen, frame.type === 'resumed');
      seen.resumes.delete(frame.id);
      seen.refreshes.delete(frame.id);
    } else if (frame.type === 'refreshed') {
      seen.token = seen.refreshes.get(frame.id) ?? seen.token;
      seen.refreshes.delete(frame.id);
      this.#identified(connection, seen, '', false);
    }
    if (TOPIC_FRAMES.includes(frame.type)) this.#noteTopic(frame, connection, seen);
  }

  #noteReady(frame: Extract<GatewayFrame, { type: 'ready' }>, connection: SimConnection, seen: Seen): void {
    seen.isReady = true;
    const asked = seen.setupResume;
    const accepted = asked !== undefined && asked.sessionId === frame.sessionId;
    if (asked !== undefined) this.#tried(asked, connection, seen, accepted);
    seen.setupResume = undefined;
    const resumeKeys = [...(this.#owners.get(frame.sessionId)?.resumeKeys ?? []), frame.resumeKey];
    this.#owners.delete(frame.sessionId);
    this.#owners.set(frame.sessionId, { principal: seen.principal, resumeKeys });
    this.#identified(connection, seen, frame.sessionId, accepted);
  }

  #identified(connection: SimConnection, seen: Seen, sessionId: string, resumed: boolean): void {
    const { token, principal } = seen;
    const { id, client, gateway } = connection;
    const known = sessionId === '' ? (this.sessionOf(principal)?.sessionId ?? '') : sessionId;
    this.#options.record({
      kind: 'identified',
      at: this.#options.at(),
      client,
      connection: id,
      gateway,
      principal,
      ...(token === undefined ? {} : { expiresAt: principalOf(token).expiresAt }),
      sessionId: known,
      resumed,
    });
  }

  #tried(asked: ResumeAsked, connection: SimConnection, { principal }: Seen, accepted: boolean): void {
    const owner = this.#owners.get(asked.sessionId);
    const isOwner = owner?.principal === principal && owner.resumeKeys.includes(asked.resumeKey);
    const { id, client } = connection;
    const { sessionId } = asked;
    const at = this.#options.at();
    this.#options.record({ kind: 'resume-tried', at, client, connection: id, principal, sessionId, isOwner, accepted });
  }

  #noteTopic(frame: GatewayFrame, connection: SimConnection, seen: Seen): void {
    const { id, client, gateway } = connection;
    const at = this.#options.at();
    if (frame.type === 'subscribed') {
      seen.topics.set(frame.alias, frame.topic);
      const asked = seen.asked.get(frame.topic);
      const { topic, recovered, epoch, seqNo, messageId } = frame;
      this.#options.record({
        kind: 'subscribed',
        at,
        client,
        connection: id,
        gateway,
        topic,
        recovered,
        position: { epoch, seqNo, ...(messageId === undefined ? {} : { messageId }) },
        ...(typeof asked === 'object' && 'epoch' in asked ? { asked } : {}),
      });
    }
    const { topic, alias, seqNo, state } = frame as { topic?: string; alias?: number; seqNo?: number; state?: never };
    this.#options.record({
      kind: 'sent',
      at,
      gateway,
      client,
      connection: id,
      topic: topic ?? seen.topics.get(alias ?? -1) ?? `alias ${alias}`,
      type: frame.type as SentEvent['type'],
      ...(seqNo === undefined || frame.type === 'live' ? {} : { seqNo }),
      ...(frame.type === 'health' ? { state } : {}),
    });
  }

  #seenOf(connection: SimConnection): Seen {
    const known = this.#seen.get(connection);
    if (known !== undefined) return known;
    const seen: Seen = {
      principal: '',
      token: undefined,
      refreshes: new Map(),
      resumes: new Map(),
      setupResume: undefined,
      asked: new Map(),
      topics: new Map(),
      isReady: false,
    };
    this.#seen.set(connection, seen);
    return seen;
  }
}
