/** What the records of all probes of one test share: the list of events, and what is known of gateways and sessions. */

import { DEFAULT_LIMITS, type Limits, type Position, type ReadyFrame } from '@micro-socket/protocol';
import type { GrantedEvent, HistoryEvent } from '@micro-socket/simulator';
import { PolicyRights } from './policy-rights.ts';

/** Most events of one history. It ends there, says so, and is not judged. */
export const EVENTS_MAX = 100_000;

/** How a gateway was started. */
export interface GatewayStart {
  /** The policy document; `null`: none. */
  readonly policy: object | null;
  readonly limits: Partial<Limits>;
}

interface KnownGateway {
  readonly rights: PolicyRights;
  readonly accessRecheckMs: number;
  readonly latencyObjectiveMs: number;
  /** The name that it gives itself in `ready`; its address before that. */
  name: string;
  /** What it has said of itself, once it has. */
  said: { readonly dedupWindowMs: number; readonly retentionMessagesMax: number } | undefined;
  /** The newest place that is known of each of its topics. */
  readonly heads: Map<string, Position>;
}

interface KnownSession {
  readonly principal: string;
  readonly keys: Set<string>;
}

export class Book {
  readonly events: HistoryEvent[] = [];
  readonly granted = new Map<string, GrantedEvent>();
  readonly gateways = new Map<string, KnownGateway>();
  readonly #beganAt: number;
  readonly #eventsMax: number;
  readonly #sessions = new Map<string, KnownSession>();
  #isClosed = false;
  #isCut = false;

  constructor(beganAt: number, eventsMax: number) {
    this.#beganAt = beganAt;
    this.#eventsMax = eventsMax;
  }

  /** Nothing is written any more: the test is over, or there is too much of it. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  close(): void {
    this.#isClosed = true;
  }

  write(event: HistoryEvent): void {
    if (this.#isClosed) return;
    if (this.events.length < this.#eventsMax) {
      this.events.push(event);
      return;
    }
    this.#isCut = true;
    this.#isClosed = true;
  }

  /** A gateway that was not introduced is one without a policy and with the default bounds. */
  gateway(address: string): KnownGateway {
    return this.gateways.get(address) ?? this.introduce(address, { policy: null, limits: {} });
  }

  introduce(address: string, { policy, limits }: GatewayStart): KnownGateway {
    const { accessRecheckMs, latencyObjectiveMs } = { ...DEFAULT_LIMITS, ...limits };
    const gateway: KnownGateway = {
      rights: new PolicyRights(policy),
      accessRecheckMs,
      latencyObjectiveMs,
      name: address,
      said: undefined,
      heads: new Map(),
    };
    this.gateways.set(address, gateway);
    return gateway;
  }

  /** Somebody asks a gateway for this, so the history must tell whether it is granted. Policies do not change in a run. */
  asks(address: string, principal: string, action: GrantedEvent['action'], topic: string): void {
    const name = `${principal}\n${action}\n${topic}`;
    if (this.#isClosed || this.granted.has(name) || !this.gateway(address).rights.may(principal, action, topic)) return;
    this.granted.set(name, { kind: 'granted', at: this.#beganAt, principal, action, topic });
  }

  ready(address: string, principal: string, frame: ReadyFrame): void {
    const gateway = this.gateway(address);
    gateway.name = frame.gateway;
    gateway.said = { dedupWindowMs: frame.dedupWindowMs, retentionMessagesMax: frame.retention.messagesMax };
    this.session(frame.sessionId, frame.resumeKey, principal);
  }

  /** A gateway gave somebody the key of a session. */
  session(sessionId: string, key: string, principal: string): void {
    const session = this.#sessions.get(sessionId) ?? { principal, keys: new Set() };
    session.keys.add(key);
    this.#sessions.set(sessionId, session);
  }

  /** Whether this key of the session was given to this user. */
  isOwner(sessionId: string, key: string, principal: string): boolean {
    const session = this.#sessions.get(sessionId);
    return session?.principal === principal && session.keys.has(key);
  }

  stands(address: string, topic: string, position: Position): void {
    this.gateway(address).heads.set(topic, position);
  }
}
