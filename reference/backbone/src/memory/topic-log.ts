/**
 * One topic of the memory backbone: its order, its bounded history, its state, and who listens.
 *
 * SeqNos rise by one here, and only the oldest entries leave the history, so an entry's place in it is its distance from
 * the oldest one: nothing is ever searched.
 *
 * An entry is charged once, whether it stands in the history, in the state, or in both; the charge ends when it stands
 * in neither.
 */

import type { Position } from '@micro-socket/protocol';
import type { Entry, EntryListener, PublishRequest, ReadRange, TopicSnapshot, TopicTail } from '../contract.ts';
import { Fifo } from '../parts/fifo.ts';
import { Listeners } from '../parts/listeners.ts';
import type { ExpiryHeap } from './expiry-heap.ts';
import type { Ledger } from './ledger.ts';
import type { Place } from './line.ts';
import { type StateCell, TopicState } from './topic-state.ts';

export interface TopicLogOptions {
  readonly topic: string;
  readonly epoch: string;
  readonly lengthMax: number;
  /** Shared by all topics, as is the heap. */
  readonly ledger: Ledger;
  readonly expiry: ExpiryHeap<StateCell>;
  readonly onListenerError: (error: unknown) => void;
}

export class TopicLog {
  readonly topic: string;
  /** Its place among the topics that nobody listens to. Belongs to the topic table. */
  idlePlace: Place<TopicLog> | undefined;
  readonly #epoch: string;
  readonly #lengthMax: number;
  readonly #ledger: Ledger;
  readonly #history = new Fifo<Entry>();
  readonly #state: TopicState;
  readonly #listeners: Listeners;
  #head: Position;
  #sizeBytes = 0;

  constructor({ topic, epoch, lengthMax, ledger, expiry, onListenerError }: TopicLogOptions) {
    this.topic = topic;
    this.#epoch = epoch;
    this.#lengthMax = lengthMax;
    this.#ledger = ledger;
    this.#state = new TopicState(topic, expiry);
    this.#listeners = new Listeners(onListenerError);
    this.#head = { epoch, seqNo: 0 };
  }

  get head(): Position {
    return this.#head;
  }

  /** What history and state are charged together. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  get keyCount(): number {
    return this.#state.keyCount;
  }

  hasKey(key: string): boolean {
    return this.#state.get(key) !== undefined;
  }

  /** What would still be charged if the history were given up and a newer entry took the place of this key's. */
  pinnedBytesWithout(key: string | undefined): number {
    return this.#state.sizeBytes - (this.#state.get(key)?.sizeBytes ?? 0);
  }

  // #region append
  /** Stores a message at the head. Whoever calls this then calls `deliver`, in the same turn. */
  append(request: PublishRequest, time: number): Entry {
    const { messageId, payload, sizeBytes, key, ref, by, ttlMs, signature } = request;
    const prevSeqNo = this.#head.seqNo;
    const seqNo = prevSeqNo + 1;
    const epoch = this.#epoch;
    // One literal: in front of other fields, a spread of some of them would cost more than all the rest of a publish.
    const entry: Entry = {
      epoch,
      seqNo,
      prevSeqNo,
      messageId,
      time,
      payload,
      sizeBytes,
      key,
      ref,
      by,
      ttlMs,
      signature,
    };

    this.dropState(key);
    // A key without a value is a key removed.
    if (key === undefined || payload !== null) this.#state.add(entry);
    this.#history.push(entry);
    this.#charge(sizeBytes);
    if (this.#history.length > this.#lengthMax) this.dropOldest();
    this.#head = { epoch, seqNo, messageId };
    return entry;
  }

  /** Hands a stored entry to every listener, in the turn in which it was stored and therefore in one order. */
  deliver(entry: Entry): void {
    this.#listeners.deliver(entry);
  }
  // #endregion append

  /** Gives up the oldest message of the history, which may remain as state, and says whether there was one. */
  dropOldest(): boolean {
    const oldest = this.#history.shift();
    if (oldest === undefined) return false;
    if (this.#state.get(oldest.key) !== oldest) this.#charge(-oldest.sizeBytes);
    return true;
  }

  /** Gives up the state of a key; in the history its entry stays. */
  dropState(key: string | undefined): void {
    const dropped = this.#state.remove(key);
    if (dropped !== undefined && !this.#isInHistory(dropped)) this.#charge(-dropped.sizeBytes);
  }

  /** Gives up everything, as the topic is forgotten. */
  discard(): void {
    this.#state.clear();
    this.#charge(-this.#sizeBytes);
  }

  /** Joins a listener and gives what ends it. */
  listen(listener: EntryListener): () => void {
    if (!this.hasListeners) this.#ledger.idleBytes -= this.#sizeBytes;
    const leave = this.#listeners.join(listener, this.#head.seqNo);
    return () => {
      if (!this.hasListeners) return;
      leave();
      if (!this.hasListeners) this.#ledger.idleBytes += this.#sizeBytes;
    };
  }

  read({ afterSeqNo, limit }: ReadRange): readonly Entry[] {
    const from = Math.max(0, this.#placeOf(afterSeqNo + 1));
    return this.#history.slice(from, from + limit);
  }

  /** The state as it is at `now`, in milliseconds since 1970. */
  snapshot(now: number): TopicSnapshot {
    return { head: this.#head, entries: this.#state.entriesAt(now) };
  }

  tail(count: number): TopicTail {
    const from = Math.max(0, this.#history.length - count);
    const entries = this.#history.slice(from, this.#history.length);
    return { before: this.#positionBefore(entries[0]), entries, head: this.#head };
  }

  /** Position 0 is anchored as long as nothing has been given up: then all of the history follows it. */
  anchors({ epoch, seqNo, messageId }: Position): boolean {
    if (epoch !== this.#epoch) return false;
    if (seqNo === 0) return this.#history.length === this.#head.seqNo;
    const entry = this.#history.at(this.#placeOf(seqNo));
    return entry !== undefined && entry.messageId === messageId;
  }

  /** Where the topic stood before an entry of the history, or where it stands when there is none. */
  #positionBefore(entry: Entry | undefined): Position {
    if (entry === undefined) return this.#head;
    const { epoch, prevSeqNo } = entry;
    return { epoch, seqNo: prevSeqNo, messageId: this.#history.at(this.#placeOf(prevSeqNo))?.messageId };
  }

  #isInHistory({ seqNo }: Entry): boolean {
    return this.#history.at(this.#placeOf(seqNo)) !== undefined;
  }

  /** Where a seqNo stands in the history; below 0 it has been given up. */
  #placeOf(seqNo: number): number {
    return seqNo - (this.#history.oldest?.seqNo ?? 0);
  }

  #charge(bytes: number): void {
    this.#sizeBytes += bytes;
    this.#ledger.heldBytes += bytes;
    if (!this.hasListeners) this.#ledger.idleBytes += bytes;
  }
}
