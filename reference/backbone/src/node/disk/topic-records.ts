/**
 * The records of topics as transactions change them, each change with what it does to the topic's row. Who gives up what,
 * and when, is decided elsewhere.
 *
 * A message has one record for as long as it stands in the history, in the state, or in both. It is charged for just as
 * long: what is removed here says how many bytes of the charge end with it.
 *
 * A record that is damaged is taken as if it were not there, and told. What it was charged stays charged until the store
 * is opened the next time, when everything is counted anew.
 */

import type { Entry } from '../../contract.ts';
import { type EntryHead, entryHeadOf, entryRecord } from './entry-record.ts';
import { DamagedRecord } from './errors.ts';
import { entryKey, expiryKey, expiryOfKey, keyOfStateKey, numberKey, numberOfKey, stateKey } from './keys.ts';
import { cellOf, cellRecord, markRecord, type StateCell, type TopicRow, topicRecord } from './records.ts';
import type { Table, Tables } from './store.ts';

/** What is smaller, and what is greater than the key of any record. */
const BEFORE_ALL = Buffer.alloc(1);
const AFTER_ALL = Buffer.alloc(32, 0xff);

/** When the state of a key ends. */
export interface StateEnd {
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
  readonly topicId: number;
  readonly key: string | undefined;
}

export class TopicRecords {
  readonly #tables: Tables;
  readonly #onDamage: (damage: DamagedRecord) => void;

  constructor(tables: Tables, onDamage: (damage: DamagedRecord) => void) {
    this.#tables = tables;
    this.#onDamage = onDamage;
  }

  putRow(row: TopicRow): void {
    const key = numberKey(row.id);
    this.#tables.topics.put(key, topicRecord(key, row));
  }

  /** Stores a message, for the history and, unless it removes a key, as state. The key must have no other state. */
  add(row: TopicRow, entry: Entry): void {
    const { seqNo, messageId, time, key, payload } = entry;
    row.agedFrom = Math.max(row.agedFrom, time);
    const at = entryKey(row.id, seqNo);
    this.#tables.entries.put(at, entryRecord(at, entry, row.agedFrom));
    // A key without a value is a key removed.
    if (key === undefined || payload !== null) this.#addState(row, entry);
    row.headSeqNo = seqNo;
    row.headMessageId = messageId;
    row.length += 1;
  }

  // #region state

  /** That a message is the newest one of a key. Its ttl may have passed. */
  stateOf(row: TopicRow, key: string | undefined): StateCell | undefined {
    if (row.id === 0) return undefined;
    const at = stateKey(row.id, key);
    const record = this.#tables.state.get(at);
    return record && this.#undamaged(at, record, cellOf);
  }

  /** Gives up the state of a key; in the history its message stays. Gives the bytes that are charged no more. */
  removeState(row: TopicRow, key: string | undefined): number {
    const cell = this.stateOf(row, key);
    if (cell === undefined) return 0;
    const at = stateKey(row.id, key);
    this.#tables.state.remove(at);
    this.#removeEnd(cell, at);
    row.stateBytes -= cell.sizeBytes;
    if (key !== undefined) row.keyCount -= 1;
    if (cell.seqNo >= row.oldestSeqNo) return 0;
    this.#tables.entries.remove(entryKey(row.id, cell.seqNo));
    return cell.sizeBytes;
  }

  #addState(row: TopicRow, { seqNo, sizeBytes, time, key, ttlMs }: Entry): void {
    const expiresAt = ttlMs === undefined ? Number.POSITIVE_INFINITY : time + ttlMs;
    const at = stateKey(row.id, key);
    this.#tables.state.put(at, cellRecord(at, { seqNo, sizeBytes, expiresAt }));
    row.stateBytes += sizeBytes;
    if (key !== undefined) row.keyCount += 1;
    if (ttlMs === undefined) return;
    const end = expiryKey(expiresAt, at);
    this.#tables.expiry.put(end, markRecord('expiry', end));
  }

  /** The state that ends first, of any topic, also of one that was forgotten. */
  firstEnd(): StateEnd | undefined {
    const first = this.#tables.expiry.firstFrom(BEFORE_ALL, AFTER_ALL);
    if (first === undefined) return undefined;
    const { expiresAt, state } = expiryOfKey(first.key);
    return { expiresAt, topicId: numberOfKey(state), key: keyOfStateKey(state) };
  }

  removeEnd({ expiresAt, topicId, key }: StateEnd): void {
    this.#tables.expiry.remove(expiryKey(expiresAt, stateKey(topicId, key)));
  }

  #removeEnd({ expiresAt }: StateCell, state: Buffer): void {
    if (expiresAt !== Number.POSITIVE_INFINITY) this.#tables.expiry.remove(expiryKey(expiresAt, state));
  }

  // #endregion state

  // #region history

  /** What has to be known of the oldest message of a history to give it up. */
  oldestOf({ id, length, oldestSeqNo, headSeqNo }: TopicRow): EntryHead | undefined {
    if (id === 0 || length === 0) return undefined;
    const first = this.#tables.entries.firstFrom(entryKey(id, oldestSeqNo), entryKey(id, headSeqNo + 1));
    return first && this.#undamaged(first.key, first.value, entryHeadOf);
  }

  /** Gives up the oldest message of a history, which must have one and which may remain as state. Gives the bytes. */
  removeOldest(row: TopicRow): number {
    let bytes = 0;
    for (let isFound = false; !isFound && row.oldestSeqNo <= row.headSeqNo; row.oldestSeqNo += 1) {
      const at = entryKey(row.id, row.oldestSeqNo);
      const record = this.#tables.entries.get(at);
      if (record === undefined) continue;
      isFound = true;
      const head = this.#undamaged(at, record, entryHeadOf);
      if (head !== undefined && this.stateOf(row, head.key)?.seqNo === row.oldestSeqNo) continue;
      this.#tables.entries.remove(at);
      bytes = head?.sizeBytes ?? 0;
    }
    row.length -= 1;
    row.isComplete = false;
    return bytes;
  }

  // #endregion history

  // #region forget

  /** Forgets a topic. What else it has is garbage from now on. */
  forget({ id }: TopicRow): void {
    const key = numberKey(id);
    this.#tables.topics.remove(key);
    this.#tables.garbage.put(key, markRecord('garbage', key));
  }

  /** Removes up to `count` records of topics that were forgotten, and says whether there may be more. */
  sweep(count: number): boolean {
    const { garbage, entries } = this.#tables;
    for (let left = count; left > 0; left -= 1) {
      const first = garbage.firstFrom(BEFORE_ALL, AFTER_ALL);
      if (first === undefined) return false;
      const after = numberKey(numberOfKey(first.key) + 1);
      left -= removeSome(entries, first.key, after, left);
      left -= this.#sweepState(first.key, after, left);
      if (left <= 0) return true;
      garbage.remove(first.key);
    }
    return true;
  }

  #sweepState(start: Buffer, end: Buffer, count: number): number {
    if (count <= 0) return 0;
    const { state } = this.#tables;
    const found = [...state.range(start, end, count)];
    for (const { key, value } of found) {
      const cell = this.#undamaged(key, value, cellOf);
      if (cell !== undefined) this.#removeEnd(cell, key);
      state.remove(key);
    }
    return found.length;
  }

  // #endregion forget

  #undamaged<Value>(key: Buffer, record: Buffer, decode: (key: Buffer, record: Buffer) => Value): Value | undefined {
    try {
      return decode(key, record);
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error;
      this.#onDamage(error);
      return undefined;
    }
  }
}

/** Removes the first records of a range, and says how many. */
function removeSome(table: Table, start: Buffer, end: Buffer, count: number): number {
  const keys = Array.from(table.range(start, end, count), ({ key }) => key);
  for (const key of keys) table.remove(key);
  return keys.length;
}
