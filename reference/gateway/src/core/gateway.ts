/**
 * A gateway: accepts connections, keeps sub-sockets, speaks the protocol.
 *
 * It has no network code and no clock of its own: a server adapter hands it accepted connections, and time, chance and
 * the backbone are arguments. So the same class runs on Node, in a page, and in a simulation.
 */

import type { Backbone, PublishResult } from '@micro-socket/backbone';
import { CLOSE_CODES, DEFAULT_LIMITS, type Limits, ProtocolError } from '@micro-socket/protocol';
import { type AcceptedConnection, type Clock, type Random, randomId, type Timer } from '@micro-socket/transport';
import { type AccessPolicy, type Action, DENIALS, isExpired, type Principal, requireAccess } from './access.ts';
import type { LatencySummary } from './latency.ts';
import { Presences } from './presence.ts';
import { type Publication, Publishing } from './publishing.ts';
import { Session, type SessionContext } from './session.ts';
import { SESSION_SECRET_BYTES_MIN, SessionKeys } from './session-keys.ts';
import { SessionTable } from './session-table.ts';
import { type Counters, newCounters, type Stats } from './stats.ts';
import { SubSocketRegistry } from './sub-socket-registry.ts';

export interface GatewayOptions {
  /** Named in `ready`, for people who look at more than one gateway. 1 to 64 characters. */
  readonly name: string;
  readonly backbone: Backbone;
  readonly policy: AccessPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: Limits;
  /**
   * Makes and checks resume keys; at least 32 bytes. Gateways that have the same one can resume each other's sessions.
   * Default: a random one, so that sessions end with the gateway.
   */
  readonly sessionSecret?: Uint8Array;
  /** Whether messages carry the name of their publisher (`by`, §5.5). Default: they do not. */
  readonly namePublishers?: boolean;
  /**
   * How many messages the ring of a topic keeps, where that is fewer than `ringLengthMax` (§8): for topics whose history
   * costs next to nothing to read. At least 1. Default: `ringLengthMax` for all.
   */
  readonly ringLengthOf?: (topic: string) => number | undefined;
  /** Hears of failures that are no fault of a client. */
  readonly onInternalError?: (error: unknown) => void;
}

/** What a connection brings beside itself. */
export interface AcceptOptions {
  /** A topic that is subscribed to as if setup had named it: that of `/ws/sub/:topic`. */
  readonly topic?: string;
}

/** What can be told of one topic. */
export interface TopicStats {
  readonly topic: string;
  readonly subscribers: number;
  readonly headSeqNo: number;
  readonly latency: LatencySummary | undefined;
}

/** The window over which clients spread their reconnects after a goodbye. */
const RECONNECT_MAX_MS = 5_000;

export class Gateway {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #limits: Limits;
  readonly #policy: AccessPolicy;
  readonly #context: SessionContext;
  readonly #subSockets: SubSocketRegistry;
  readonly #presences: Presences;
  readonly #publishing: Publishing;
  readonly #sessions = new Set<Session>();
  readonly #counters: Counters = newCounters();
  #recheck: Timer | undefined;
  #policyVersion: number;
  #draining = false;

  /** Throws `RangeError` for a session secret that is too short. */
  constructor(options: GatewayOptions) {
    const { name, backbone, policy, clock, random, limits = DEFAULT_LIMITS, onInternalError = () => {} } = options;
    const { sessionSecret = randomSecret(random), namePublishers = false, ringLengthOf = () => undefined } = options;
    const counters = this.#counters;
    this.#clock = clock;
    this.#random = random;
    this.#limits = limits;
    this.#policy = policy;
    this.#policyVersion = policy.version;
    this.#presences = new Presences({ backbone, clock, random, limits, onInternalError });
    this.#subSockets = new SubSocketRegistry({
      backbone,
      clock,
      limits,
      counters,
      ringLengthOf,
      onOpened: (topic) => this.#presences.watch(topic),
      onClosed: (topic) => this.#presences.unwatch(topic),
    });
    this.#publishing = new Publishing({ backbone, policy, counters, namePublishers, onInternalError });
    this.#context = {
      gatewayName: name,
      backbone,
      policy,
      clock,
      limits,
      subSockets: this.#subSockets,
      publishing: this.#publishing,
      presences: this.#presences,
      keys: new SessionKeys(sessionSecret, limits.sessionLifetimeMs),
      sessions: new SessionTable(),
      counters,
      onEnd: (session) => this.#forget(session),
      onInternalError,
    };
  }

  /** Takes over an accepted connection. Beyond `connectionsMax`, or while draining, it is closed at once. */
  accept(connection: AcceptedConnection, { topic }: AcceptOptions = {}): void {
    if (this.#draining) {
      connection.close(CLOSE_CODES.DRAINING.code, 'This gateway is shutting down.');
    } else if (this.#sessions.size >= this.#limits.connectionsMax) {
      const reason = `This gateway has ${this.#limits.connectionsMax} connections (connectionsMax).`;
      connection.close(CLOSE_CODES.OVERLOADED.code, reason);
    } else {
      this.#sessions.add(new Session(connection, randomId(this.#random, 20), this.#context, topic));
      this.#recheck ??= this.#recheckLater();
    }
  }

  /**
   * Publishes for somebody who has no connection, such as an HTTP client (§11): the same access, dedup and bounds.
   * The payload must have been checked. Rejects with `ProtocolError`.
   */
  async publishWith(token: string | undefined, publication: Publication): Promise<PublishResult> {
    return this.#countingDenials(async () => this.#publishing.publish(await this.#authenticated(token), publication));
  }

  /**
   * Who presents this token, if they may do this on this topic at this moment: for whatever is done on behalf of somebody
   * who has no connection, such as an answer over HTTP. Rejects with `ProtocolError` AUTH_REQUIRED, AUTH_FAILED or
   * ACL_DENIED.
   */
  authorized(token: string | undefined, action: Action, topic: string): Promise<Principal> {
    return this.#countingDenials(async () => {
      const principal = await this.#authenticated(token);
      requireAccess(this.#policy, principal, action, topic, this.#context.onInternalError);
      return principal;
    });
  }

  async #countingDenials<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof ProtocolError && DENIALS.includes(error.code)) this.#counters.denied += 1;
      throw error;
    }
  }

  async #authenticated(token: string | undefined): Promise<Principal> {
    const principal = await this.#policy.authenticate(token);
    if (!isExpired(principal, this.#clock.now())) return principal;
    throw new ProtocolError('AUTH_FAILED', 'The token has expired.');
  }

  /** Says goodbye to every client and takes no more. */
  drain(reason: string): void {
    this.#draining = true;
    for (const session of [...this.#sessions]) session.goodbye(reason, RECONNECT_MAX_MS);
    this.#presences.close();
  }

  /** What its backbone says of itself. */
  get backbone(): Pick<Backbone, 'durability' | 'problem'> {
    return this.#context.backbone;
  }

  stats(): Stats {
    let subscriptions = 0;
    for (const session of this.#sessions) subscriptions += session.subscriptionCount;
    return {
      ...this.#counters,
      connections: this.#sessions.size,
      subSockets: this.#subSockets.size,
      subscriptions,
      presences: this.#presences.size,
      latency: this.#subSockets.latency.toJSON(),
    };
  }

  /** The topics with the most subscribers, at most `count` of them. */
  topicStats(count: number): TopicStats[] {
    const topics: TopicStats[] = [];
    for (const { subSocket, latency } of this.#subSockets.all()) {
      const { topic, size: subscribers, headSeqNo } = subSocket;
      topics.push({ topic, subscribers, headSeqNo, latency: latency?.toJSON() });
    }
    return topics.sort((one, other) => other.subscribers - one.subscribers).slice(0, count);
  }

  #forget(session: Session): void {
    this.#sessions.delete(session);
    if (this.#sessions.size > 0) return;
    this.#recheck?.cancel();
    this.#recheck = undefined;
  }

  /** A change of the policy takes effect on what is live within this time (I1). */
  #recheckLater(): Timer {
    return this.#clock.after(this.#limits.accessRecheckMs, () => {
      if (this.#policy.version !== this.#policyVersion) {
        this.#policyVersion = this.#policy.version;
        for (const session of [...this.#sessions]) session.recheckAccess();
      }
      this.#recheck = this.#sessions.size > 0 ? this.#recheckLater() : undefined;
    });
  }
}

function randomSecret(random: Random): Uint8Array {
  return Uint8Array.from({ length: SESSION_SECRET_BYTES_MIN }, () => random.uint32() & 0xff);
}
