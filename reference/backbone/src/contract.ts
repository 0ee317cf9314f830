/**
 * The backbone contract: what gives a topic its order, its history and its dedup window, and what joins gateways.
 *
 * A gateway holds exactly one backbone and knows nothing of how it works. What every implementation promises:
 *
 * - **Order (I3).** A topic's entries have strictly rising seqNos inside an epoch, and every listener of every gateway
 *   gets them in that order, each with the seqNo of the entry before it. Publishes that one caller starts one after
 *   the other are stored in that order.
 * - **Dedup (I2).** Inside the window, a second publish of the same (topic, publisher, messageId) stores nothing and is
 *   answered with the first one's position. With another payload it is refused with MESSAGE_ID_CONFLICT. An id is
 *   remembered only together with its stored entry, so a publish that failed can be sent again.
 * - **Delivery (I4).** `publish` resolves only after the entry has reached the named durability level.
 * - **Subscribe.** The listener gets every entry after the head that `subscribe` resolves with: none is missed between.
 * - **Refusals** are `ProtocolError`s whose code can be sent to the client as it is.
 */

import type { JsonValue, Position } from '@micro-socket/protocol';

/** What a stored message survives. `memory`: nothing beyond the process. */
export type Durability = 'memory';

/** A message in its place in the topic's history. */
export interface Entry {
  readonly epoch: string;
  readonly seqNo: number;
  /** The seqNo of the entry before it in the same topic; 0 when it is the first. */
  readonly prevSeqNo: number;
  readonly messageId: string;
  /** When it was stored, in milliseconds since 1970. */
  readonly time: number;
  /** Must not be changed by anyone. */
  readonly payload: JsonValue;
  /** What the message is charged against the bounds of history and rings: about the memory that it holds. */
  readonly sizeBytes: number;
}

export interface PublishRequest {
  readonly topic: string;
  /** Who publishes: dedup ids of different publishers never meet. */
  readonly publisher: string;
  readonly messageId: string;
  readonly payload: JsonValue;
  readonly sizeBytes: number;
}

export interface PublishResult {
  /** `duplicate`: it was stored before, at this position. */
  readonly status: 'ok' | 'duplicate';
  readonly position: Position;
}

/** Gets the entries of one topic, one by one, in order. Must not throw. */
export type EntryListener = (entry: Entry) => void;

export interface TopicSubscription {
  /** Where the topic stood when the listener was joined; the first entry it gets follows this one. */
  readonly head: Position;
  /** Stops the listener at once. */
  close(): void;
}

/** A part of a topic's history: entries after `afterSeqNo`, oldest first, at most `limit` of them. */
export interface ReadRange {
  readonly afterSeqNo: number;
  readonly limit: number;
}

export interface Backbone {
  /** The level at which a publish is acknowledged. */
  readonly durability: Durability;
  /** How many messages of a topic are kept for reading. */
  readonly retentionMessagesMax: number;
  /** For how long a messageId is remembered. */
  readonly dedupWindowMs: number;
  publish(request: PublishRequest): Promise<PublishResult>;
  subscribe(topic: string, listener: EntryListener): Promise<TopicSubscription>;
  read(topic: string, range: ReadRange): Promise<readonly Entry[]>;
  head(topic: string): Promise<Position>;
  /** Whether the very message at this position is still stored: then everything after it is, too. */
  anchor(topic: string, position: Position): Promise<boolean>;
  close(): Promise<void>;
}
