/**
 * The backbone contract: what gives a topic its order, its history and its dedup window, and what joins gateways.
 *
 * A gateway holds exactly one backbone and knows nothing of how it works. What every implementation promises:
 *
 * - **Order (I3).** A topic's entries have strictly rising seqNos inside an epoch, and every listener of every gateway
 *   gets them in that order, each with the seqNo of the entry before it. Publishes that one caller starts one after
 *   the other are stored in that order.
 * - **Dedup (I2).** Inside the window, a second publish of the same (topic, publisher, messageId) stores nothing and is
 *   answered with the first one's position. With other content (payload, key, ref, ttlMs or signature) it is refused
 *   with MESSAGE_ID_CONFLICT. An id is remembered only together with its stored entry, so a publish that failed can be
 *   sent again.
 * - **Delivery (I4).** `publish` resolves only after the entry has reached the named durability level.
 * - **Subscribe.** The listener gets every entry after the head that `subscribe` resolves with: none is missed between.
 * - **State.** The newest entry of each key outlives the history. It is given up only when a newer one takes its place,
 *   when its ttl has passed, or together with its whole topic, which then begins a new epoch.
 * - **Refusals** are `ProtocolError`s whose code can be sent to the client as it is. A publish that was refused has
 *   stored nothing, remembered nothing and taken nothing from any topic. One code is no refusal: UNAVAILABLE says that
 *   nobody knows, because what stores the messages could not be reached or has failed. The same publish, sent again, is
 *   then answered with its position, whether it was stored or not.
 * - **Loss is told.** A feed that can no longer be sure to have every entry ends with `onLost` and gives nothing more.
 * - **A topic may end.** A backbone that has such topics ends the feed with `onClosed` after the last entry, and refuses
 *   every question about the topic with NO_SUCH_TOPIC until there is one again. Memory, disk and NATS have none: there
 *   every name is a topic.
 */

import type { JsonValue, Position } from '@micro-socket/protocol';

/**
 * What a stored message survives. `memory`: nothing beyond the process that holds it. `written`: the end of that
 * process, not the loss of power. `disk`: the loss of power. `replicated`: the loss of one of several machines.
 */
export type Durability = 'memory' | 'written' | 'disk' | 'replicated';

/** A publisher's own proof of what it published. It is carried, not checked. §10. */
export interface MessageSignature {
  readonly alg: string;
  readonly keyId: string;
  readonly value: string;
}

/** What a publisher gave with the payload; delivered unchanged. §4.4. */
export interface MessageExtras {
  /** Names what the message is the newest state of; 1 to 128 characters. */
  readonly key?: string | undefined;
  /** The messageId of an earlier message that this one is about. */
  readonly ref?: string | undefined;
  /** Who published, where the gateway names publishers. */
  readonly by?: string | undefined;
  /** For how long after its `time` the message is state; afterwards snapshots leave it out. */
  readonly ttlMs?: number | undefined;
  readonly signature?: MessageSignature | undefined;
}

/** A message in its place in the topic's history. */
export interface Entry extends MessageExtras {
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

export interface PublishRequest extends MessageExtras {
  readonly topic: string;
  /** Who publishes: dedup ids of different publishers never meet. */
  readonly publisher: string;
  readonly messageId: string;
  /** With a key, `null` removes the key from the topic's state. */
  readonly payload: JsonValue;
  readonly sizeBytes: number;
  /** Store it only if the topic's head has exactly this seqNo; otherwise the answer is SEQ_CONFLICT. */
  readonly expectSeqNo?: number | undefined;
}

export interface PublishResult {
  /** `duplicate`: it was stored before, at this position. */
  readonly status: 'ok' | 'duplicate';
  readonly position: Position;
}

/** Gets the entries of one topic, one by one, in order. Must not throw: one that does is passed over. */
export type EntryListener = (entry: Entry) => void;

/** How the source of a topic is, where a backbone knows how often the source should speak. §5.8. */
export type SourceHealth =
  | { readonly state: 'ok' }
  | {
      readonly state: 'stale';
      /** When the source was heard last, in milliseconds since 1970, by the clock of the one who hears this. */
      readonly silentSince: number;
    };

/**
 * What a listener hears of its feed beside the entries. At most one of `onLost` and `onClosed` comes, once, and nothing
 * after it. None of them must throw.
 */
export interface FeedEvents {
  /**
   * The feed is over although nobody closed it: entries after the last one may be missing. Whoever still wants the topic
   * subscribes again and asks the history.
   */
  readonly onLost?: (() => void) | undefined;
  /** The topic itself has ended, for this reason, in a sentence; every entry of it has been given. Nobody need come back. */
  readonly onClosed?: ((why: string) => void) | undefined;
  /**
   * The source of the topic has fallen silent or is heard again. A feed begins as `ok`: one that is joined while the
   * source is silent hears so at once, perhaps before `subscribe` has resolved.
   */
  readonly onHealth?: ((source: SourceHealth) => void) | undefined;
}

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

/** The state of a topic. */
export interface TopicSnapshot {
  /** The position up to which the state is complete: entries after `head.seqNo` are not in it. */
  readonly head: Position;
  /** Oldest first. */
  readonly entries: readonly Entry[];
}

/** The end of a topic's history. */
export interface TopicTail {
  /** Where the topic stood before the first of the entries; the head where there are none. */
  readonly before: Position;
  /** Oldest first. */
  readonly entries: readonly Entry[];
  readonly head: Position;
}

export interface Backbone {
  /** The level at which a publish is acknowledged. */
  readonly durability: Durability;
  /** How many messages of a topic are kept for reading. */
  readonly retentionMessagesMax: number;
  /** For how long a messageId is remembered. */
  readonly dedupWindowMs: number;
  /** What keeps it from storing messages at this moment, in one sentence for its operator; `undefined`: nothing. */
  readonly problem: string | undefined;
  /**
   * Stores a message. A repeat is recognised before anything else is checked. Rejects with MESSAGE_ID_CONFLICT,
   * SEQ_CONFLICT, OVERLOADED where a bound is reached (its message names the bound, §8), NO_SUCH_TOPIC, or UNAVAILABLE.
   */
  publish(request: PublishRequest): Promise<PublishResult>;
  /** Rejects with OVERLOADED when one topic more is too many, with NO_SUCH_TOPIC, and with UNAVAILABLE. */
  subscribe(topic: string, listener: EntryListener, events?: FeedEvents): Promise<TopicSubscription>;
  /**
   * What is still stored of a range. Where messages at its beginning have been given up, it begins with the oldest that
   * is left, and that entry's `prevSeqNo` is greater than `afterSeqNo`: so a reader sees the hole. This and all other
   * questions reject with NO_SUCH_TOPIC, and with UNAVAILABLE where they cannot be answered.
   */
  read(topic: string, range: ReadRange): Promise<readonly Entry[]>;
  /**
   * The newest entry of each key, and the newest entry without a key; without removed keys and without those whose ttl
   * has passed at this moment.
   */
  snapshot(topic: string): Promise<TopicSnapshot>;
  /** The newest `count` entries that are still stored, and where the topic stood before them. */
  tail(topic: string, count: number): Promise<TopicTail>;
  head(topic: string): Promise<Position>;
  /** Whether the very message at this position is still stored: then everything after it is, too. */
  anchor(topic: string, position: Position): Promise<boolean>;
  /** Ends it: what is under way is answered, and nothing follows. May be called again. */
  close(): Promise<void>;
}
