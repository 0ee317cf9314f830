/**
 * What happened in a run, as one list of events: all that the checkers know.
 *
 * A history is written by a simulation, and by the end-to-end tests for a run with real processes; one event a line as
 * JSON (NDJSON). It names facts that can be seen from outside: what a program asked for, what it was given, what a
 * gateway put on a wire, what the backbone has stored. It holds nothing that only the code under test believes.
 *
 * `at` is one clock for everybody, in milliseconds since 1970. Where a node has a clock of its own, that clock may be off by as
 * much as the `run` event says.
 */

import type { JsonValue, Position, SubscriptionMode } from '@micro-socket/protocol';

/** Opens a history: what the run promises to keep. */
export interface RunEvent {
  readonly kind: 'run';
  readonly at: number;
  /** Who wrote it: `simulator`, or the name of an end-to-end suite. */
  readonly source: string;
  /** Longest time for which what was revoked or has expired may still travel. */
  readonly accessRecheckMs: number;
  /** For how long a messageId is remembered. */
  readonly dedupWindowMs: number;
  /** A second whose 99th percentile from storing to hand-over is above this is a breach. */
  readonly latencyObjectiveMs: number;
  /** How many messages of a topic can be read again. */
  readonly retentionMessagesMax: number;
  /** The greatest difference between any node's clock and `at`. */
  readonly clockSkewMsMax: number;
  /** True where every message that the backbone stored is in the history. Otherwise checks that need that are left out. */
  readonly seesLog: boolean;
  /** True where everything that a gateway put on a wire is in the history. */
  readonly seesWire: boolean;
}

/** A principal may do this from now on, until `revoked`. Nobody may do anything that was never granted. */
export interface GrantedEvent {
  readonly kind: 'granted' | 'revoked';
  readonly at: number;
  readonly principal: string;
  readonly action: 'subscribe' | 'publish';
  readonly topic: string;
}

/** A client's connection was accepted as this principal, by a gateway that has said `ready`. */
export interface IdentifiedEvent {
  readonly kind: 'identified';
  readonly at: number;
  readonly client: string;
  readonly connection: string;
  readonly gateway: string;
  readonly principal: string;
  /** When its token expires, by the gateway's clock; absent: never. Told again when the token is refreshed. */
  readonly expiresAt?: number;
  readonly sessionId: string;
  /** The session existed before: it was resumed, not begun. */
  readonly resumed: boolean;
}

/** Somebody asked to resume a session. An intruder has a wrong key, or is another user. */
export interface ResumeTriedEvent {
  readonly kind: 'resume-tried';
  readonly at: number;
  readonly client: string;
  readonly connection: string;
  readonly principal: string;
  readonly sessionId: string;
  readonly isOwner: boolean;
  readonly accepted: boolean;
}

/** A program called publish. */
export interface PublishEvent {
  readonly kind: 'publish';
  readonly at: number;
  readonly client: string;
  readonly principal: string;
  readonly topic: string;
  readonly messageId: string;
  readonly key?: string;
  readonly data: JsonValue;
  /** The place of the call among the calls of this client, from 1. A repeat has a place of its own. */
  readonly call: number;
  /** The client sends one publish at a time, so the order of its calls is the order of its messages. */
  readonly ordered: boolean;
}

/** A call of publish was answered. */
export interface PublishedEvent {
  readonly kind: 'published';
  readonly at: number;
  readonly client: string;
  readonly topic: string;
  readonly messageId: string;
  readonly call: number;
  readonly status: 'ok' | 'duplicate';
  readonly position: Position;
}

/** A call of publish has failed. Unless the code says so, whether the message is stored is not known. */
export interface PublishFailedEvent {
  readonly kind: 'publish-failed';
  readonly at: number;
  readonly client: string;
  readonly topic: string;
  readonly messageId: string;
  readonly call: number;
  readonly code: string;
}

/** The backbone has stored a message: a line of L(t). */
export interface StoredEvent {
  readonly kind: 'stored';
  readonly at: number;
  readonly topic: string;
  readonly epoch: string;
  readonly seqNo: number;
  readonly prevSeqNo: number;
  readonly messageId: string;
  readonly publisher: string;
  readonly key?: string;
  readonly data: JsonValue;
  /** By the backbone's own clock. */
  readonly time: number;
  /** It was carried over from the topic's earlier epoch, when the backbone came back with less than it had. */
  readonly restored?: true;
}

/** The backbone came back with less than it had. What is left of a topic is what is up to `keptSeqNo`. */
export interface LostEvent {
  readonly kind: 'lost';
  readonly at: number;
  readonly topic: string;
  /** The history that was cut short. */
  readonly epoch: string;
  readonly keptSeqNo: number;
  /** False: new messages go on after `keptSeqNo` in the same epoch, with seqNos that were used before. */
  readonly epochChanged: boolean;
}

/** A program called subscribe; `subscription` names this one from here to its end. */
export interface SubscribeEvent {
  readonly kind: 'subscribe';
  readonly at: number;
  readonly client: string;
  readonly principal: string;
  readonly subscription: string;
  readonly topic: string;
  readonly mode: SubscriptionMode;
  readonly from: 'live' | 'snapshot' | { readonly last: number } | Position;
}

/**
 * A gateway accepted a subscription, for the first time or after a lost connection, and said where it goes on:
 * `full`: at the message after the one that the client had last, and nothing is missing between.
 */
export interface SubscribedEvent {
  readonly kind: 'subscribed';
  readonly at: number;
  readonly client: string;
  readonly connection: string;
  readonly gateway: string;
  readonly topic: string;
  readonly recovered: 'full' | 'snapshot' | 'gap' | 'none';
  readonly position: Position;
  /** What the client asked to go on from, if anything. */
  readonly asked?: Position;
}

export interface ToldGap {
  readonly afterSeqNo: number;
  readonly beforeSeqNo?: number;
  readonly epochChanged: boolean;
}

/** A program was given a message. */
export interface DeliveredEvent {
  readonly kind: 'delivered';
  readonly at: number;
  readonly client: string;
  readonly subscription: string;
  readonly topic: string;
  readonly epoch: string;
  readonly seqNo: number;
  readonly messageId: string;
  readonly key?: string;
  readonly data: JsonValue;
  /** Messages before this one are missing, and the program was told so. */
  readonly gap?: ToldGap;
  /** Messages before this one were left out, as the mode says. */
  readonly conflated?: true;
  /** It is a part of the topic's state, not news. */
  readonly fromSnapshot?: true;
}

/** A program was told that messages are missing, ahead of the next message. */
export interface ToldEvent {
  readonly kind: 'told';
  readonly at: number;
  readonly client: string;
  readonly subscription: string;
  readonly topic: string;
  readonly gap: ToldGap;
}

/** A program was told that what it got is not what the gateway holds. */
export interface IntegrityEvent {
  readonly kind: 'integrity';
  readonly at: number;
  readonly client: string;
  readonly subscription: string;
  readonly topic: string;
  readonly code: string;
}

/** A subscription is over. Without a code it was the program that closed it. */
export interface EndedEvent {
  readonly kind: 'ended';
  readonly at: number;
  readonly client: string;
  readonly subscription: string;
  readonly topic: string;
  readonly code?: string;
}

/** A gateway gave bytes of a topic to a connection. */
export interface SentEvent {
  readonly kind: 'sent';
  readonly at: number;
  readonly gateway: string;
  readonly client: string;
  readonly connection: string;
  readonly topic: string;
  readonly type: 'message' | 'snapshot' | 'head' | 'health' | 'live' | 'lagged' | 'subscribed';
  /** Of a `message` and a `head`. */
  readonly seqNo?: number;
  /** Of a `health`. */
  readonly state?: 'ok' | 'late' | 'stale';
}

/** A gateway got a message of the backbone's feed, and its own clock at that moment. */
export interface ReceivedEvent {
  readonly kind: 'received';
  readonly at: number;
  readonly gateway: string;
  readonly topic: string;
  readonly epoch: string;
  readonly seqNo: number;
  /** The gateway's clock. */
  readonly gatewayTime: number;
}

/** Something was broken on purpose, or works again. */
export interface FaultEvent {
  readonly kind: 'fault';
  readonly at: number;
  readonly name: string;
  /** The nodes that it concerns. */
  readonly nodes: readonly string[];
  readonly state: 'begins' | 'ends' | 'happens';
  /** The planned fault that this is; the shrinker and the page name faults by it. */
  readonly id: number;
}

/** `safety`: faults happen. `liveness`: none any more, and everything has to come right. `end`: it had the time for it. */
export interface PhaseEvent {
  readonly kind: 'phase';
  readonly at: number;
  readonly phase: 'safety' | 'liveness' | 'end';
}

export type HistoryEvent =
  | RunEvent
  | GrantedEvent
  | IdentifiedEvent
  | ResumeTriedEvent
  | PublishEvent
  | PublishedEvent
  | PublishFailedEvent
  | StoredEvent
  | LostEvent
  | SubscribeEvent
  | SubscribedEvent
  | DeliveredEvent
  | ToldEvent
  | IntegrityEvent
  | EndedEvent
  | SentEvent
  | ReceivedEvent
  | FaultEvent
  | PhaseEvent;
