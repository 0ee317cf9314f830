/**
 * Puts right what the check of a store has found, inside a transaction.
 *
 * Exactly the damaged messages are dropped. What is left of their topics is counted anew, from the messages alone: the
 * state of a topic is the newest message of each key, so states need not be believed either. Such a topic begins a new
 * epoch, because its history is not the one that clients know.
 */

import type { Entry } from '../../contract.ts';
import type { Damage } from './check.ts';
import { entryHeadOf, entryOf, entryRecord } from './entry-record.ts';
import { DamagedRecord } from './errors.ts';
import { entryKey, expiryKey, numberKey, seqNoOfKey, stateKey } from './keys.ts';
import { cellOf, cellRecord, markRecord, type StateCell, type TopicRow, topicRecord, topicRowOf } from './records.ts';
import type { Table, Tables } from './store.ts';

const BEFORE_ALL = Buffer.alloc(1);
const AFTER_ALL = Buffer.alloc(1_024, 0xff);

/** `newEpoch` gives a name that no history of this store had before. */
export function repair(tables: Tables, damage: Damage, newEpoch: () => string): void {
  for (const id of damage.ids) tables.ids.remove(numberKey(id));
  for (const id of damage.orphans) tables.garbage.put(numberKey(id), markRecord('garbage', numberKey(id)));
  for (const id of damage.topics) new TopicRepair(tables, id).run(newEpoch());
  if (damage.topics.length > 0 || damage.isExpiryWrong) listEnds(tables);
}

/** Makes the list of the ends of states anew. */
function listEnds({ expiry, state }: Tables): void {
  removeAll(expiry, BEFORE_ALL, AFTER_ALL);
  for (const { key, value } of [...state.range(BEFORE_ALL, AFTER_ALL)]) {
    const { expiresAt } = cellOf(key, value);
    if (expiresAt === Number.POSITIVE_INFINITY) continue;
    const end = expiryKey(expiresAt, key);
    expiry.put(end, markRecord('expiry', end));
  }
}

class TopicRepair {
  readonly #tables: Tables;
  readonly #row: TopicRow;
  readonly #cells = new Map<string | undefined, StateCell>();

  constructor(tables: Tables, id: number) {
    this.#tables = tables;
    const key = numberKey(id);
    const record = tables.topics.get(key);
    if (record === undefined) throw new Error(`There is no topic number ${id}.`);
    this.#row = topicRowOf(key, record);
  }

  run(ownEpoch: string): void {
    const { id, oldestSeqNo, headSeqNo } = this.#row;
    const row: TopicRow = {
      ...this.#row,
      ownEpoch,
      headMessageId: undefined,
      oldestSeqNo: headSeqNo + 1,
      length: 0,
      isComplete: false,
      sizeBytes: 0,
    };
    const entries = this.#intact();
    const states = new Set(Array.from(this.#cells.values(), ({ seqNo }) => seqNo));
    for (const entry of entries) {
      const { seqNo, sizeBytes, messageId } = entry;
      const isHistory = seqNo >= oldestSeqNo;
      if (!isHistory && !states.has(seqNo)) {
        this.#tables.entries.remove(entryKey(id, seqNo));
        continue;
      }
      row.sizeBytes += sizeBytes;
      if (!isHistory) continue;
      if (row.length > 0) this.#link(entry, row.headSeqNo);
      else row.oldestSeqNo = seqNo;
      row.length += 1;
      row.headSeqNo = seqNo;
      row.headMessageId = messageId;
    }
    this.#writeStates(row);
    this.#tables.topics.put(numberKey(id), topicRecord(numberKey(id), row));
  }

  /** What is left, without payloads, which would be much; what is damaged is removed. */
  #intact(): Omit<Entry, 'payload'>[] {
    const { id } = this.#row;
    const { entries } = this.#tables;
    const intact: Omit<Entry, 'payload'>[] = [];
    const damaged: Buffer[] = [];
    for (const { key, value } of entries.range(numberKey(id), numberKey(id + 1))) {
      try {
        const { payload, ...entry } = entryOf(id, seqNoOfKey(key), value, '');
        intact.push(entry);
        this.#count(entry, payload === null);
      } catch (error) {
        if (!(error instanceof DamagedRecord)) throw error;
        damaged.push(key);
      }
    }
    for (const key of damaged) entries.remove(key);
    return intact;
  }

  #count({ key, seqNo, sizeBytes, time, ttlMs }: Omit<Entry, 'payload'>, isNull: boolean): void {
    if (key !== undefined && isNull) this.#cells.delete(key);
    else this.#cells.set(key, { seqNo, sizeBytes, expiresAt: time + (ttlMs ?? Number.POSITIVE_INFINITY) });
  }

  /** Lets a message name another one as the one before it. */
  #link({ seqNo, prevSeqNo }: Omit<Entry, 'payload'>, before: number): void {
    if (prevSeqNo === before) return;
    const { id } = this.#row;
    const key = entryKey(id, seqNo);
    const record = this.#tables.entries.get(key);
    if (record === undefined) return;
    const { agedFrom } = entryHeadOf(key, record);
    const linked = { ...entryOf(id, seqNo, record, ''), prevSeqNo: before };
    this.#tables.entries.put(key, entryRecord(key, linked, agedFrom));
  }

  #writeStates(row: TopicRow): void {
    const { state } = this.#tables;
    removeAll(state, numberKey(row.id), numberKey(row.id + 1));
    row.stateBytes = 0;
    row.keyCount = 0;
    for (const [key, cell] of this.#cells) {
      const at = stateKey(row.id, key);
      state.put(at, cellRecord(at, cell));
      row.stateBytes += cell.sizeBytes;
      if (key !== undefined) row.keyCount += 1;
    }
  }
}

function removeAll(table: Table, start: Buffer, end: Buffer): void {
  const keys = Array.from(table.range(start, end), ({ key }) => key);
  for (const key of keys) table.remove(key);
}
