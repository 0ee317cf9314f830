/**
 * Who of this gateway's sessions is present in which topics (§4.8).
 *
 * Theory of operation. Who is present in a topic is the state of another topic, its presence topic: a message for each
 * session, with the session as its key. So there is no table of everybody anywhere, and what subscribers, resume and other
 * gateways need of presence, they get as they get any topic. What is kept here is what this gateway answers for: its own
 * sessions, in which topics they are, and since when a lost one is waited for.
 *
 * The files: `Presences` knows the sessions and their grace; `PresenceMembership` is one session in one topic;
 * `PresenceTopic` is what those in one topic share, namely a `Roster`, which listens, an `Occupancy`, which announces
 * the counts, and a `PresenceSweep`, which takes out whoever a dead gateway has left behind. `LifeSigns` knows which
 * gateways are dead.
 *
 * Its weak spot: what a dead gateway has left behind is taken out only where another gateway follows the topic, because
 * sessions of its own are present there or because somebody watches. A topic in which nobody is interested keeps it until
 * somebody is.
 */

import type { Backbone } from '@micro-socket/backbone';
import {
  type JsonValue,
  KEY_CHARACTERS_MAX,
  type Limits,
  PAYLOAD_DEPTH_MAX,
  ProtocolError,
  payloadProblem,
} from '@micro-socket/protocol';
import type { Clock, Random, Timer } from '@micro-socket/transport';
import { baseOf, canHavePresence } from './derived-topics.ts';
import { GatewayMessages } from './gateway-messages.ts';
import { LifeSigns } from './life-signs.ts';
import { notPresent, type PresenceChange, type PresenceMember, PresenceMembership } from './presence-membership.ts';
import { PresenceTopic } from './presence-topic.ts';
import { Retries } from './retries.ts';

export type { PresenceChange, PresenceMember };

export interface PresencesOptions {
  readonly backbone: Backbone;
  readonly clock: Clock;
  /** No two gateways of one backbone may have the same: it is how they tell each other apart. */
  readonly random: Random;
  readonly limits: Limits;
  /** Hears of what the backbone failed to do for nobody's request. Must not throw. */
  readonly onInternalError: (error: unknown) => void;
}

/** How many topics are swept at the same time, so that clients are served meanwhile. */
const SWEEPS_AT_ONCE = 8;

interface PresentSession {
  readonly byTopic: Map<string, PresenceMembership>;
  /** Set while it is waited for. */
  grace: Timer | undefined;
}

export class Presences {
  readonly #options: PresencesOptions;
  readonly #messages: GatewayMessages;
  readonly #signs: LifeSigns;
  readonly #retries: Retries;
  readonly #sessions = new Map<string, PresentSession>();
  readonly #topics = new Map<string, PresenceTopic>();
  #isSweeping = false;
  #isClosed = false;

  constructor(options: PresencesOptions) {
    this.#options = options;
    this.#messages = new GatewayMessages(options.random);
    this.#signs = new LifeSigns({ ...options, messages: this.#messages, onSign: () => void this.#sweep() });
    this.#retries = new Retries(options.clock, options.random);
  }

  /** How many sessions are present somewhere, or about to enter or to leave. 0 when nothing is left of any. */
  get size(): number {
    return this.#sessions.size;
  }

  /** How many topics are listened to. 0 when nothing is left of any. */
  get topicCount(): number {
    return this.#topics.size;
  }

  /**
   * Lets the session be present, or shows something else of one that is. Rejects with PRESENCE_LIMIT, INVALID_FIELD,
   * TOO_MANY_UNACKNOWLEDGED, or what the backbone says.
   */
  async enter(member: PresenceMember, topic: string, data: JsonValue | undefined): Promise<PresenceChange> {
    if (this.#isClosed) throw new ProtocolError('OVERLOADED', 'This gateway is shutting down.', { topic });
    const shown = checkedData(data, topic);
    const known = this.#find(member.sessionId, topic);
    if (known?.isWanted !== true) this.#requireRoom(member.sessionId, topic);
    this.#requirePatience(member.sessionId, topic);
    return (known ?? this.#join(member, topic)).enter(shown);
  }

  /** Shows something else of a session that is present. Rejects with NOT_PRESENT, or as `enter` does. */
  async update(member: PresenceMember, topic: string, data: JsonValue | undefined): Promise<PresenceChange> {
    const shown = checkedData(data, topic);
    return this.#asked(member.sessionId, topic).update(shown);
  }

  /**
   * Lets the session leave a topic. Rejects with NOT_PRESENT, TOO_MANY_UNACKNOWLEDGED, or what the backbone says: after a
   * refusal the session is still present, and after any other failure it leaves by and by.
   */
  async leave(member: PresenceMember, topic: string): Promise<PresenceChange> {
    return this.#asked(member.sessionId, topic).leave();
  }

  // #region grace
  /** The session has no connection any more. It leaves everything after `presenceGraceMs`, unless it is back before. */
  lost(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    if (session === undefined || this.#isClosed) return;
    const { clock, limits } = this.#options;
    session.grace ??= clock.after(limits.presenceGraceMs, () => this.end(sessionId));
  }

  /** The session is on a connection of this gateway again. */
  back(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    session?.grace?.cancel();
    if (session !== undefined) session.grace = undefined;
  }
  // #endregion grace

  /** The session has ended, or lost its access: it leaves everything now. */
  end(sessionId: string): void {
    this.back(sessionId);
    const session = this.#sessions.get(sessionId);
    for (const membership of [...(session?.byTopic.values() ?? [])]) membership.withdraw();
  }

  /** The session may not be present in this topic any more: it leaves it now. */
  endTopic(sessionId: string, topic: string): void {
    this.#find(sessionId, topic)?.withdraw();
  }

  /** Where the session is present, or is about to be. */
  topicsOf(sessionId: string): readonly string[] {
    const all = [...(this.#sessions.get(sessionId)?.byTopic ?? [])];
    return all.filter(([, { isWanted }]) => isWanted).map(([topic]) => topic);
  }

  /**
   * Somebody at this gateway subscribes to a topic. If it tells who is present somewhere, or how many, this gateway sees
   * to it that it does not tell of the dead. Each call is matched by one `unwatch`.
   */
  watch(topic: string): void {
    const base = baseOf(topic)?.base;
    if (base === undefined || !canHavePresence(base) || this.#isClosed) return;
    (this.#topics.get(base) ?? this.#openTopic(base)).watch();
  }

  /** Nobody at this gateway is subscribed to the topic any more. */
  unwatch(topic: string): void {
    const base = baseOf(topic)?.base;
    if (base !== undefined) this.#topics.get(base)?.unwatch();
  }

  /** Sets no timer and hears nothing from now on. Whoever is present stays so in the backbone: `end` comes first. */
  close(): void {
    this.#isClosed = true;
    for (const sessionId of this.#sessions.keys()) this.back(sessionId);
    this.#retries.close();
    for (const topic of this.#topics.values()) topic.close();
    this.#signs.close();
  }

  /** Takes out whoever was present through a gateway that is gone, wherever this gateway follows. */
  async #sweep(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    const topics = this.#topics.values();
    const sweepOn = async () => {
      for (const topic of topics) await topic.sweep();
    };
    await Promise.all(Array.from({ length: SWEEPS_AT_ONCE }, sweepOn));
    this.#isSweeping = false;
  }

  #find(sessionId: string, topic: string): PresenceMembership | undefined {
    return this.#sessions.get(sessionId)?.byTopic.get(topic);
  }

  /** What a request is about. Throws NOT_PRESENT or TOO_MANY_UNACKNOWLEDGED. */
  #asked(sessionId: string, topic: string): PresenceMembership {
    const membership = this.#find(sessionId, topic);
    if (membership === undefined) throw notPresent(topic);
    this.#requirePatience(sessionId, topic);
    return membership;
  }

  /** Throws INVALID_FIELD. */
  #join(member: PresenceMember, topic: string): PresenceMembership {
    const { sessionId } = member;
    const key = keyOf(member, topic);
    const session = this.#sessions.get(sessionId) ?? { byTopic: new Map(), grace: undefined };
    const membership = new PresenceMembership({
      member,
      key,
      topic: this.#topics.get(topic) ?? this.#openTopic(topic),
      retries: this.#retries,
      onInternalError: this.#options.onInternalError,
      onGone: () => this.#forget(sessionId, topic),
    });
    session.byTopic.set(topic, membership);
    this.#sessions.set(sessionId, session);
    return membership;
  }

  #openTopic(name: string): PresenceTopic {
    const { backbone, clock, onInternalError } = this.#options;
    const topic = new PresenceTopic(name, {
      backbone,
      clock,
      messages: this.#messages,
      signs: this.#signs,
      retries: this.#retries,
      onInternalError,
      onIdle: (idle) => this.#closeTopic(idle),
    });
    this.#topics.set(name, topic);
    this.#signs.start();
    return topic;
  }

  #closeTopic(idle: PresenceTopic): void {
    if (this.#topics.get(idle.topic) !== idle) return;
    this.#topics.delete(idle.topic);
    if (this.#topics.size === 0) this.#signs.stop();
  }

  #forget(sessionId: string, topic: string): void {
    const session = this.#sessions.get(sessionId);
    session?.byTopic.delete(topic);
    if (session === undefined || session.byTopic.size > 0) return;
    this.back(sessionId);
    this.#sessions.delete(sessionId);
  }

  #requireRoom(sessionId: string, topic: string): void {
    const { presencesPerSessionMax } = this.#options.limits;
    if (this.topicsOf(sessionId).length < presencesPerSessionMax) return;
    const message = `This session is present in ${presencesPerSessionMax} topics (presencesPerSessionMax).`;
    throw new ProtocolError('PRESENCE_LIMIT', message, { topic });
  }

  /** What waits for the backbone is bounded for each session. */
  #requirePatience(sessionId: string, topic: string): void {
    const { unacknowledgedPublishesMax } = this.#options.limits;
    let undone = 0;
    for (const membership of this.#sessions.get(sessionId)?.byTopic.values() ?? []) undone += membership.undone;
    if (undone < unacknowledgedPublishesMax) return;
    const message = `Wait for acks: ${undone} changes of presence have none yet (unacknowledgedPublishesMax).`;
    throw new ProtocolError('TOO_MANY_UNACKNOWLEDGED', message, { topic });
  }
}

/** Names a session in presence topics. Throws INVALID_FIELD where both names are longer than a key may be. */
function keyOf({ user, sessionId }: PresenceMember, topic: string): string {
  const key = `${user}/${sessionId}`;
  if (key.length <= KEY_CHARACTERS_MAX) return key;
  const message = `presence: the user's name and the sessionId have ${key.length} characters with a slash between them; a key has at most ${KEY_CHARACTERS_MAX}.`;
  throw new ProtocolError('INVALID_FIELD', message, { topic });
}

/** The payload is one level around the data, so the data may be one level less deep than a payload (§3.3). */
function checkedData(data: JsonValue | undefined, topic: string): JsonValue {
  if (data === undefined) return null;
  const problem = payloadProblem(data, PAYLOAD_DEPTH_MAX - 1);
  if (problem === undefined) return data;
  throw new ProtocolError('INVALID_FIELD', `presence: data ${problem}.`, { topic });
}
