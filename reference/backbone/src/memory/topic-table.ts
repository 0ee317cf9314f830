/**
 * All topics of the memory backbone, and who gives up what when a bound is reached.
 *
 * Room for a message is taken, in this order, from state whose ttl has passed, which nobody misses; from the history of
 * the topic that is written to, so that a busy topic does not erase the others'; and from topics that nobody listens to,
 * the one that was left alone for the longest first. Such a topic is forgotten as a whole and begins a new epoch when it
 * is used again, so whoever knew it can tell. What is left then is needed by someone: the message is refused.
 *
 * Whether that will be enough is known before anything is given up, because it takes four sums to know. So a refusal
 * costs nobody anything, and each step of making room is paid for by the message that once took that room.
 */

import type { Limits } from '@micro-socket/protocol';
import type { Entry, EntryListener, PublishRequest, TopicSubscription } from '../contract.ts';
import { overloaded } from '../parts/overloaded.ts';
import { ExpiryHeap } from './expiry-heap.ts';
import { Ledger } from './ledger.ts';
import { Line } from './line.ts';
import { TopicLog } from './topic-log.ts';
import type { StateCell } from './topic-state.ts';

/**
 * Expired entries of states that one publish clears away: more than it can add, so that they become fewer, and few, so
 * that a crowd that expires at once delays nobody.
 */
const EXPIRED_PER_PUBLISH = 4;

export interface TopicTableOptions {
  readonly limits: Pick<Limits, 'topicsMax' | 'historyLengthMax' | 'historyBytesMax' | 'stateKeysMax'>;
  /** A name that no history had before. */
  readonly newEpoch: () => string;
  readonly onListenerError: (error: unknown) => void;
}

export class TopicTable {
  readonly #options: TopicTableOptions;
  readonly #logs = new Map<string, TopicLog>();
  readonly #idle = new Line<TopicLog>();
  readonly #expiry = new ExpiryHeap<StateCell>();
  readonly #ledger = new Ledger();

  constructor(options: TopicTableOptions) {
    this.#options = options;
  }

  get(topic: string): TopicLog | undefined {
    return this.#logs.get(topic);
  }

  /** Throws OVERLOADED when this message cannot be stored. Nothing that anyone could see has changed then. */
  requireRoom({ topic, key, payload, sizeBytes }: PublishRequest, now: number): void {
    const { historyBytesMax, stateKeysMax } = this.#options.limits;
    const log = this.#logs.get(topic);
    if (log === undefined) this.#requireTopic();
    else if (key !== undefined && payload !== null && !log.hasKey(key)) {
      while (log.keyCount >= stateKeysMax) if (!this.#dropExpired(now)) throw overloaded('stateKeysMax');
    }
    while (this.#bytesNeededBesides(log, key) + sizeBytes > historyBytesMax) {
      if (!this.#dropExpired(now)) throw overloaded('historyBytesMax');
    }
  }

  /** Stores a message for which `requireRoom` has just found room. */
  append(request: PublishRequest, now: number): { log: TopicLog; entry: Entry } {
    for (let dropped = 0; dropped < EXPIRED_PER_PUBLISH && this.#dropExpired(now); dropped++);
    const log = this.#logs.get(request.topic) ?? this.#add(request.topic);
    // It gives up its place, so that it is not forgotten for its own message, and takes the last one afterwards.
    this.#leaveIdle(log);
    this.#makeRoom(log, request, now);
    const entry = log.append(request, now);
    if (!log.hasListeners) log.idlePlace = this.#idle.join(log);
    return { log, entry };
  }

  /** Joins a listener. Throws OVERLOADED when one topic more is too many. */
  listen(topic: string, listener: EntryListener): TopicSubscription {
    const log = this.#logs.get(topic) ?? this.#add(topic);
    this.#leaveIdle(log);
    const leave = log.listen(listener);
    let left = false;
    const close = () => {
      if (left) return;
      left = true;
      leave();
      if (!log.hasListeners) this.#settleIdle(log);
    };
    return { head: log.head, close };
  }

  /** A topic that never had a message is forgotten with its last listener, so asking for topics fills nothing. */
  #settleIdle(log: TopicLog): void {
    if (log.head.seqNo === 0) this.#logs.delete(log.topic);
    else log.idlePlace = this.#idle.join(log);
  }

  #add(topic: string): TopicLog {
    this.#requireTopic();
    const { limits, newEpoch, onListenerError } = this.#options;
    const idlest = this.#idle.first;
    if (this.#logs.size >= limits.topicsMax && idlest !== undefined) this.#forget(idlest);
    const log = new TopicLog({
      topic,
      epoch: newEpoch(),
      lengthMax: limits.historyLengthMax,
      ledger: this.#ledger,
      expiry: this.#expiry,
      onListenerError,
    });
    this.#logs.set(topic, log);
    return log;
  }

  #requireTopic(): void {
    if (this.#logs.size >= this.#options.limits.topicsMax && this.#idle.first === undefined) {
      throw overloaded('topicsMax');
    }
  }

  /** What will still be held when the topic written to has given up its history and every idle topic is forgotten. */
  #bytesNeededBesides(log: TopicLog | undefined, key: string | undefined): number {
    const { heldBytes, idleBytes } = this.#ledger;
    if (log === undefined) return heldBytes - idleBytes;
    const ownIdleBytes = log.hasListeners ? 0 : log.sizeBytes;
    return heldBytes - log.sizeBytes - (idleBytes - ownIdleBytes) + log.pinnedBytesWithout(key);
  }

  #makeRoom(log: TopicLog, { key, sizeBytes }: PublishRequest, now: number): void {
    const { historyBytesMax } = this.#options.limits;
    const ledger = this.#ledger;
    log.dropState(key);
    while (ledger.heldBytes + sizeBytes > historyBytesMax && this.#dropExpired(now));
    for (;;) {
      const idlest = this.#idle.first;
      const withoutHistory = ledger.heldBytes - log.sizeBytes + log.pinnedBytesWithout(key);
      if (withoutHistory + sizeBytes <= historyBytesMax || idlest === undefined) break;
      this.#forget(idlest);
    }
    while (ledger.heldBytes + sizeBytes > historyBytesMax && log.dropOldest());
  }

  #forget(log: TopicLog): void {
    this.#leaveIdle(log);
    this.#logs.delete(log.topic);
    log.discard();
  }

  #leaveIdle(log: TopicLog): void {
    if (log.idlePlace !== undefined) this.#idle.leave(log.idlePlace);
    log.idlePlace = undefined;
  }

  /** Drops the state that expired first, if any has, and says whether it did. */
  #dropExpired(now: number): boolean {
    const expired = this.#expiry.takeExpired(now);
    if (expired === undefined) return false;
    this.#logs.get(expired.topic)?.dropState(expired.entry.key);
    return true;
  }
}
