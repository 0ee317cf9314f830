/** The questions that can be asked of a topic, answered from the store. Each answer comes from one snapshot of it. */

import type { Position } from '@micro-socket/protocol';
import type { Entry, ReadRange, TopicSnapshot, TopicTail } from '../../contract.ts';
import { entryHeadOf, entryOf } from './entry-record.ts';
import { DamagedRecord } from './errors.ts';
import { entryKey, keyOfStateKey, numberKey, seqNoOfKey } from './keys.ts';
import { cellOf, epochOf, type TopicRow, topicRowOf } from './records.ts';
import type { Tables } from './store.ts';

export interface HistoryOptions {
  readonly tables: Tables;
  readonly generation: string;
  /** In milliseconds since 1970. */
  readonly now: number;
  /** Messages older than this have left the history, whether they have been cleared away or not. */
  readonly historyAgeMaxMs: number | undefined;
}

/** Throws `DamagedRecord` where a record that the answer needs is damaged. */
export class History {
  readonly #options: HistoryOptions;
  readonly #row: TopicRow;
  readonly #epoch: string;
  #firstYoungSeqNo: number | undefined;

  private constructor(row: TopicRow, options: HistoryOptions) {
    this.#options = options;
    this.#row = row;
    this.#epoch = epochOf(row, options.generation);
  }

  /** The history of a topic by its id, as far as it is stored; `undefined` where nothing is. */
  static of(topicId: number, options: HistoryOptions): History | undefined {
    const key = numberKey(topicId);
    const record = options.tables.topics.get(key);
    return record && new History(topicRowOf(key, record), options);
  }

  /** The first seqNo that the history can have. */
  get #from(): number {
    this.#firstYoungSeqNo ??= this.#firstYoung();
    return this.#firstYoungSeqNo;
  }

  get head(): Position {
    const { headSeqNo: seqNo, headMessageId: messageId } = this.#row;
    return { epoch: this.#epoch, seqNo, messageId };
  }

  read({ afterSeqNo, limit }: ReadRange): Entry[] {
    const from = Math.max(this.#from, afterSeqNo + 1);
    const { id, headSeqNo } = this.#row;
    if (limit <= 0 || from > headSeqNo) return [];
    const found = this.#options.tables.entries.range(entryKey(id, from), entryKey(id, headSeqNo + 1), limit);
    return Array.from(found, ({ key, value }) => this.#entryOf(key, value));
  }

  tail(count: number): TopicTail {
    // One more than asked for, to know the message before them.
    const found = this.#newest(count + 1);
    const entries = found.slice(0, count).toReversed();
    const [oldest] = entries;
    if (oldest === undefined) return { before: this.head, entries, head: this.head };
    const before = { epoch: this.#epoch, seqNo: oldest.prevSeqNo, messageId: found[count]?.messageId };
    return { before, entries, head: this.head };
  }

  snapshot(): TopicSnapshot {
    const { tables, now } = this.#options;
    const { id } = this.#row;
    const entries: Entry[] = [];
    for (const { key, value } of tables.state.range(numberKey(id), numberKey(id + 1))) {
      const { seqNo, expiresAt } = cellOf(key, value);
      if (expiresAt <= now) continue;
      const at = entryKey(id, seqNo);
      const record = tables.entries.get(at);
      if (record === undefined) throw new DamagedRecord(`The message ${seqNo} is missing, which is state.`);
      const entry = this.#entryOf(at, record);
      if (entry.key !== keyOfStateKey(key)) throw new DamagedRecord(`The message ${seqNo} is state of another key.`);
      entries.push(entry);
    }
    entries.sort((one, other) => one.seqNo - other.seqNo);
    return { head: this.head, entries };
  }

  /** Position 0 is anchored as long as nothing has been given up: then all of the history follows it. */
  anchors({ epoch, seqNo, messageId }: Position): boolean {
    const { id, headSeqNo, isComplete, oldestSeqNo } = this.#row;
    if (epoch !== this.#epoch) return false;
    if (seqNo === 0) return isComplete && this.#from === oldestSeqNo;
    if (seqNo < this.#from || seqNo > headSeqNo) return false;
    const key = entryKey(id, seqNo);
    const record = this.#options.tables.entries.get(key);
    return record !== undefined && this.#entryOf(key, record).messageId === messageId;
  }

  /** The newest messages of the history, the newest first. */
  #newest(count: number): Entry[] {
    const { id, headSeqNo } = this.#row;
    const start = entryKey(id, headSeqNo);
    const end = entryKey(id, this.#from - 1);
    const found = this.#options.tables.entries.rangeBack(start, end, count);
    return Array.from(found, ({ key, value }) => this.#entryOf(key, value));
  }

  /** Ages never fall from one message to the next, so the first that is young enough is found by halving. */
  #firstYoung(): number {
    const { now, historyAgeMaxMs } = this.#options;
    const { oldestSeqNo, headSeqNo } = this.#row;
    if (historyAgeMaxMs === undefined) return oldestSeqNo;
    let low = oldestSeqNo;
    let high = headSeqNo + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const agedFrom = this.#agedFrom(middle);
      if (agedFrom === undefined || agedFrom + historyAgeMaxMs > now) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** From when on the age of the first message counts that stands at this seqNo or after it. */
  #agedFrom(seqNo: number): number | undefined {
    const { id, headSeqNo } = this.#row;
    const first = this.#options.tables.entries.firstFrom(entryKey(id, seqNo), entryKey(id, headSeqNo + 1));
    return first && entryHeadOf(first.key, first.value).agedFrom;
  }

  #entryOf(key: Buffer, record: Buffer): Entry {
    return entryOf(this.#row.id, seqNoOfKey(key), record, this.#epoch);
  }
}
