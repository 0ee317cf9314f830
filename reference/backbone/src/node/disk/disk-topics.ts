/**
 * All topics of the disk backbone, and who gives up what when a bound is reached: the rules are those of the memory
 * backbone, in the same order, and the records that they are about are in the store.
 *
 * Everything here except joining and leaving happens inside a transaction, in three phases. `requireRoom` finds out
 * whether a message can be stored, from reads alone, and may only give up what nobody misses. `append` stores it and
 * gives up what has to go; nothing in it can be refused any more. `commit` or `undo` ends the transaction in memory, where
 * what it changed is known topic by topic.
 *
 * A topic is forgotten in one step, however much it holds: its row goes, and its other records, which nobody finds any
 * more, are cleared away a few with each publish.
 */

import type { Limits } from '@micro-socket/protocol';
import type { Entry, EntryListener, PublishRequest } from '../../contract.ts';
import { ExpiryHeap } from '../../memory/expiry-heap.ts';
import { Ledger } from '../../memory/ledger.ts';
import { Line } from '../../memory/line.ts';
import { Listeners } from '../../parts/listeners.ts';
import { overloaded } from '../../parts/overloaded.ts';
import { type AgeingTopic, DiskTopic } from './disk-topic.ts';
import type { DamagedRecord } from './errors.ts';
import { epochOf, type TopicRow } from './records.ts';
import type { Tables } from './store.ts';
import { TopicRecords } from './topic-records.ts';

/** What one publish clears away of each kind: more than it can add, and few, so that a crowd delays nobody. */
const CLEARED_PER_PUBLISH = 4;

/** How many messages beyond `historyLengthMax`, which may have become smaller, one publish gives up. */
const TRIMMED_PER_PUBLISH = 64;

export interface DiskTopicsOptions {
  readonly limits: Pick<Limits, 'topicsMax' | 'historyLengthMax' | 'historyBytesMax' | 'stateKeysMax'>;
  /** Messages older than this leave the history. */
  readonly historyAgeMaxMs: number | undefined;
  /** A part of every epoch. */
  readonly generation: string;
  /** The id that the next topic gets. */
  readonly nextTopicId: number;
  /** A name that no history of this store had before. */
  readonly newEpoch: () => string;
  readonly onListenerError: (error: unknown) => void;
  readonly onDamage: (damage: DamagedRecord) => void;
}

export interface Appended {
  readonly topic: DiskTopic;
  readonly entry: Entry;
  readonly ownEpoch: string;
}

export class DiskTopics {
  readonly #options: DiskTopicsOptions;
  #records: TopicRecords;
  readonly #byName = new Map<string, DiskTopic>();
  readonly #byId = new Map<number, DiskTopic>();
  #idle = new Line<DiskTopic>();
  #idleNo = 0;
  readonly #ageing = new ExpiryHeap<AgeingTopic>();
  readonly #ledger = new Ledger();
  /** Those whose rows the transaction under way has changed, and their `idleNo` before it. */
  #touched = new Map<DiskTopic, number>();
  /** How many topics there are when the transaction under way succeeds. */
  #count = 0;
  #nextTopicId: number;
  #committedNextTopicId: number;
  #used = 0;
  /** No state ends before this moment; in milliseconds since 1970. */
  #noEndBefore = Number.NEGATIVE_INFINITY;
  /** Whether there may be records of topics that were forgotten. */
  #mayHaveGarbage = true;

  constructor(tables: Tables, options: DiskTopicsOptions) {
    this.#options = options;
    this.#records = new TopicRecords(tables, options.onDamage);
    this.#nextTopicId = options.nextTopicId;
    this.#committedNextTopicId = options.nextTopicId;
  }

  /** The id that the next topic gets if the transaction under way succeeds; `undefined` when that has not changed. */
  get changedNextTopicId(): number | undefined {
    return this.#nextTopicId === this.#committedNextTopicId ? undefined : this.#nextTopicId;
  }

  get(name: string): DiskTopic | undefined {
    return this.#byName.get(name);
  }

  /** Takes up rows that were stored, those that were left alone for longest first. */
  load(rows: readonly TopicRow[]): void {
    for (const row of rows) {
      const topic = new DiskTopic(row, this.#noListeners());
      this.#byName.set(row.topic, topic);
      this.#byId.set(row.id, topic);
      this.#count += 1;
      this.#ledger.heldBytes += row.sizeBytes;
      this.#ledger.idleBytes += row.sizeBytes;
      this.#used = Math.max(this.#used, row.used);
      this.#joinIdle(topic);
      this.#scheduleAgeing(topic);
    }
  }

  /** Goes on with the tables of a store that was opened anew. Nothing may be under way. */
  moveTo(tables: Tables): void {
    this.#records = new TopicRecords(tables, this.#options.onDamage);
  }

  // #region room

  /** Throws OVERLOADED when this message cannot be stored. Nothing that anyone could see has changed then. */
  requireRoom({ topic: name, key, payload, sizeBytes }: PublishRequest, now: number): void {
    const { historyBytesMax, stateKeysMax } = this.#options.limits;
    const topic = this.#existing(name);
    if (topic === undefined) this.#requireTopic();
    else if (key !== undefined && payload !== null && this.#records.stateOf(rowOf(topic), key) === undefined) {
      while (rowOf(topic).keyCount >= stateKeysMax) if (!this.#dropExpired(now)) throw overloaded('stateKeysMax');
    }
    while (this.#bytesNeededBesides(topic, key) + sizeBytes > historyBytesMax) {
      if (!this.#dropExpired(now) && !this.#dropAged(now)) throw overloaded('historyBytesMax');
    }
  }

  /** Stores a message for which `requireRoom` has just found room. */
  append(request: PublishRequest, now: number): Appended {
    for (let dropped = 0; dropped < CLEARED_PER_PUBLISH && this.#dropExpired(now); dropped++);
    for (let dropped = 0; dropped < CLEARED_PER_PUBLISH && this.#dropAged(now); dropped++);
    const topic = this.#existing(request.topic) ?? this.#add(request.topic);
    // It gives up its place, so that it is not forgotten for its own message, and takes the last one afterwards.
    this.#leaveIdle(topic);
    this.#makeRoom(topic, request, now);
    const entry = this.#store(topic, request, now);
    if (!topic.hasListeners) this.#joinIdle(topic);
    return { topic, entry, ownEpoch: rowOf(topic).ownEpoch };
  }

  /** Makes a place for a topic that somebody will listen to. Throws OVERLOADED when one topic more is too many. */
  makePlace(name: string): void {
    const topic = this.#existing(name) ?? this.#add(name);
    if (!this.#touched.has(topic)) this.#touched.set(topic, topic.idleNo);
  }

  /** Whether a listener can join at once: without anything being given up, and without waiting for what becomes of it. */
  hasPlaceFor(name: string): boolean {
    const topic = this.#byName.get(name);
    if (topic !== undefined) return topic.working?.ownEpoch === topic.committed.ownEpoch;
    return this.#count < this.#options.limits.topicsMax;
  }

  // #endregion room

  /** Joins a listener where there is a place, and gives what ends it. */
  listen(name: string, listener: EntryListener): { topic: DiskTopic; leave: () => void } {
    const topic = this.#existing(name) ?? this.#add(name);
    this.#leaveIdle(topic);
    if (!topic.hasListeners) this.#ledger.idleBytes -= sizeOf(topic);
    const leave = topic.listeners.join(listener, topic.committed.headSeqNo);
    let left = false;
    return {
      topic,
      leave: () => {
        if (left) return;
        left = true;
        leave();
        if (!topic.hasListeners) this.#settleIdle(topic);
      },
    };
  }

  // #region transaction

  /** Writes what the transaction has changed in the rows of topics, and clears away a part of what nobody finds. */
  finish(publishes: number): void {
    if (this.#mayHaveGarbage) this.#mayHaveGarbage = this.#records.sweep(publishes * CLEARED_PER_PUBLISH);
    for (const { working } of this.#touched.keys()) {
      if (working !== undefined && working.id !== 0) this.#records.putRow(working);
    }
  }

  /** The transaction has succeeded. */
  commit(): void {
    for (const topic of this.#touched.keys()) {
      const { committed, working } = topic;
      if (working?.id !== committed.id) this.#byId.delete(committed.id);
      if (working === undefined) this.#byName.delete(topic.name);
      else topic.committed = working;
    }
    this.#touched = new Map();
    this.#committedNextTopicId = this.#nextTopicId;
  }

  /** The transaction has failed: everything is as it was before it. */
  undo(): void {
    for (const [topic, idleNo] of this.#touched) {
      const { committed, working } = topic;
      const lost = committed.sizeBytes - sizeOf(topic);
      this.#ledger.heldBytes += lost;
      if (!topic.hasListeners) this.#ledger.idleBytes += lost;
      if (working === undefined) this.#count += 1;
      else if (working.id !== committed.id) this.#byId.delete(working.id);
      topic.working = committed;
      topic.idleNo = idleNo;
      if (committed.id === 0 && !topic.hasListeners) this.#discard(topic);
      this.#scheduleAgeing(topic);
    }
    if (this.#touched.size > 0) this.#lineUpIdle();
    this.#touched = new Map();
    this.#nextTopicId = this.#committedNextTopicId;
    this.#noEndBefore = Number.NEGATIVE_INFINITY;
    this.#mayHaveGarbage = true;
  }

  // #endregion transaction

  /** The topic, if it is there when the transaction under way succeeds. */
  #existing(name: string): DiskTopic | undefined {
    const topic = this.#byName.get(name);
    return topic?.working === undefined ? undefined : topic;
  }

  #add(name: string): DiskTopic {
    this.#makeRoomForOne();
    const row = this.#newRow(name);
    const forgotten = this.#byName.get(name);
    this.#count += 1;
    if (forgotten !== undefined) {
      // The transaction under way has forgotten it; it begins anew, and is what it was if the transaction fails.
      forgotten.working = row;
      return forgotten;
    }
    const topic = new DiskTopic(row, this.#noListeners());
    this.#byName.set(name, topic);
    return topic;
  }

  #newRow(topic: string): TopicRow {
    return {
      topic,
      id: 0,
      ownEpoch: this.#options.newEpoch(),
      headSeqNo: 0,
      oldestSeqNo: 1,
      length: 0,
      isComplete: true,
      sizeBytes: 0,
      stateBytes: 0,
      keyCount: 0,
      agedFrom: 0,
      used: 0,
    };
  }

  #noListeners(): Listeners {
    return new Listeners(this.#options.onListenerError);
  }

  #requireTopic(): void {
    if (this.#count >= this.#options.limits.topicsMax && this.#idle.first === undefined) throw overloaded('topicsMax');
  }

  #makeRoomForOne(): void {
    this.#requireTopic();
    for (let idlest = this.#idle.first; idlest !== undefined; idlest = this.#idle.first) {
      if (this.#count < this.#options.limits.topicsMax) return;
      this.#forget(idlest);
    }
  }

  /** What will still be held when the topic written to has given up its history and every idle topic is forgotten. */
  #bytesNeededBesides(topic: DiskTopic | undefined, key: string | undefined): number {
    const { heldBytes, idleBytes } = this.#ledger;
    if (topic === undefined) return heldBytes - idleBytes;
    const ownBytes = sizeOf(topic);
    const ownIdleBytes = topic.hasListeners ? 0 : ownBytes;
    return heldBytes - ownBytes - (idleBytes - ownIdleBytes) + this.#pinnedBytesWithout(topic, key);
  }

  /** What would still be charged if the history were given up and a newer entry took the place of this key's. */
  #pinnedBytesWithout(topic: DiskTopic, key: string | undefined): number {
    const row = rowOf(topic);
    return row.stateBytes - (this.#records.stateOf(row, key)?.sizeBytes ?? 0);
  }

  #makeRoom(topic: DiskTopic, { key, sizeBytes }: PublishRequest, now: number): void {
    const { historyBytesMax } = this.#options.limits;
    const ledger = this.#ledger;
    this.#dropState(topic, key);
    while (ledger.heldBytes + sizeBytes > historyBytesMax && (this.#dropExpired(now) || this.#dropAged(now)));
    for (;;) {
      const idlest = this.#idle.first;
      const withoutHistory = ledger.heldBytes - sizeOf(topic) + this.#pinnedBytesWithout(topic, key);
      if (withoutHistory + sizeBytes <= historyBytesMax || idlest === undefined) break;
      this.#forget(idlest);
    }
    while (ledger.heldBytes + sizeBytes > historyBytesMax && this.#dropOldest(topic));
  }

  #store(topic: DiskTopic, request: PublishRequest, time: number): Entry {
    const { messageId, payload, sizeBytes, key, ref, by, ttlMs, signature } = request;
    const row = this.#touch(topic);
    if (row.id === 0) this.#name(topic, row);
    const prevSeqNo = row.headSeqNo;
    const seqNo = prevSeqNo + 1;
    const epoch = epochOf(row, this.#options.generation);
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

    this.#records.add(row, entry);
    if (ttlMs !== undefined) this.#noEndBefore = Math.min(this.#noEndBefore, time + ttlMs);
    this.#used += 1;
    row.used = this.#used;
    this.#charge(topic, sizeBytes);
    this.#trim(topic);
    if (row.length === 1) this.#scheduleAgeing(topic);
    return entry;
  }

  #trim(topic: DiskTopic): void {
    const { historyLengthMax } = this.#options.limits;
    for (let trimmed = 0; trimmed < TRIMMED_PER_PUBLISH && rowOf(topic).length > historyLengthMax; trimmed++) {
      this.#dropOldest(topic);
    }
  }

  #name(topic: DiskTopic, row: TopicRow): void {
    row.id = this.#nextTopicId;
    this.#nextTopicId += 1;
    this.#byId.set(row.id, topic);
  }

  /** The row of a topic that is about to be changed. */
  #touch(topic: DiskTopic): TopicRow {
    if (!this.#touched.has(topic)) this.#touched.set(topic, topic.idleNo);
    const row = rowOf(topic);
    if (row !== topic.committed) return row;
    topic.working = { ...row };
    return topic.working;
  }

  #charge(topic: DiskTopic, bytes: number): void {
    this.#touch(topic).sizeBytes += bytes;
    this.#ledger.heldBytes += bytes;
    if (!topic.hasListeners) this.#ledger.idleBytes += bytes;
  }

  // #region state

  /** Gives up the state of a key; in the history its entry stays. */
  #dropState(topic: DiskTopic, key: string | undefined): void {
    if (this.#records.stateOf(rowOf(topic), key) === undefined) return;
    this.#charge(topic, -this.#records.removeState(this.#touch(topic), key));
  }

  /** Drops the state that expired first, if any has, and says whether it did. */
  #dropExpired(now: number): boolean {
    if (now < this.#noEndBefore) return false;
    const end = this.#records.firstEnd();
    this.#noEndBefore = end?.expiresAt ?? Number.POSITIVE_INFINITY;
    if (end === undefined || end.expiresAt > now) return false;
    this.#records.removeEnd(end);
    const topic = this.#byId.get(end.topicId);
    // A topic that was forgotten has no state any more, although the records are still there.
    if (topic?.working?.id === end.topicId) this.#dropState(topic, end.key);
    return true;
  }

  // #endregion state

  // #region history

  /** Gives up the oldest message of the history, which may remain as state, and says whether there was one. */
  #dropOldest(topic: DiskTopic): boolean {
    if (rowOf(topic).length === 0) return false;
    this.#charge(topic, -this.#records.removeOldest(this.#touch(topic)));
    this.#scheduleAgeing(topic);
    return true;
  }

  /** Drops a message that is too old of the topic whose oldest became so first, and says whether there was one. */
  #dropAged(now: number): boolean {
    const aged = this.#ageing.takeExpired(now);
    if (aged === undefined) return false;
    aged.topic.ageing = undefined;
    return aged.topic.working !== undefined && this.#dropOldest(aged.topic);
  }

  #scheduleAgeing(topic: DiskTopic): void {
    const { historyAgeMaxMs } = this.#options;
    if (historyAgeMaxMs === undefined) return;
    if (topic.ageing !== undefined) this.#ageing.remove(topic.ageing);
    topic.ageing = undefined;
    const oldest = topic.working && this.#records.oldestOf(topic.working);
    if (oldest === undefined) return;
    topic.ageing = { topic, expiresAt: oldest.agedFrom + historyAgeMaxMs, heapPlace: -1 };
    this.#ageing.add(topic.ageing);
  }

  // #endregion history

  // #region forget

  #forget(topic: DiskTopic): void {
    this.#leaveIdle(topic);
    const row = this.#touch(topic);
    this.#charge(topic, -row.sizeBytes);
    if (topic.ageing !== undefined) this.#ageing.remove(topic.ageing);
    topic.ageing = undefined;
    topic.working = undefined;
    this.#count -= 1;
    this.#records.forget(row);
    this.#mayHaveGarbage = true;
  }

  // #endregion forget

  /** A topic that never had a message is forgotten with its last listener, so asking for topics fills nothing. */
  #settleIdle(topic: DiskTopic): void {
    this.#ledger.idleBytes += sizeOf(topic);
    if (topic.working === undefined) return;
    if (topic.working.id === 0 && topic.committed.id === 0) this.#discard(topic);
    else this.#joinIdle(topic);
  }

  /** Lets go of a topic that has nothing stored. */
  #discard(topic: DiskTopic): void {
    this.#count -= 1;
    this.#byName.delete(topic.name);
  }

  #joinIdle(topic: DiskTopic): void {
    this.#idleNo += 1;
    topic.idleNo = this.#idleNo;
    topic.idlePlace = this.#idle.join(topic);
  }

  /** Lines all idle topics up again. It costs as much as there are topics, and is for failures only. */
  #lineUpIdle(): void {
    const idle = [...this.#byName.values()].filter((topic) => !topic.hasListeners && topic.committed.id !== 0);
    this.#idle = new Line();
    for (const topic of idle.sort((one, other) => one.idleNo - other.idleNo)) topic.idlePlace = this.#idle.join(topic);
  }

  #leaveIdle(topic: DiskTopic): void {
    if (topic.idlePlace !== undefined) this.#idle.leave(topic.idlePlace);
    topic.idlePlace = undefined;
  }
}

/** The row that decisions go by, of a topic that exists. */
function rowOf({ working, committed }: DiskTopic): TopicRow {
  return working ?? committed;
}

function sizeOf({ working }: DiskTopic): number {
  return working?.sizeBytes ?? 0;
}
