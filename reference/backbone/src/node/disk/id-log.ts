/**
 * The dedup window, and the ids in it as they are stored: one record for each, numbered in the order in which they came,
 * so that what the window forgets is always a piece at the beginning.
 */

import type { Limits, Position } from '@micro-socket/protocol';
import type { PublishRequest } from '../../contract.ts';
import { DedupWindow } from '../../parts/dedup-window.ts';
import { numberKey, numberOfKey } from './keys.ts';
import { epochOf, idRecord, storedIdOf } from './records.ts';
import type { Table } from './store.ts';

/** Records that one publish removes: more than it can add. */
const REMOVED_PER_PUBLISH = 8;

const FIRST = numberKey(0);
const AFTER_LAST = Buffer.alloc(FIRST.length, 0xff);

export class IdLog {
  readonly window: DedupWindow;
  #table: Table;
  /** The number of the oldest record, and the one that the next gets. */
  #oldest = 0;
  #next = 0;
  #committedOldest = 0;
  #committedNext = 0;

  constructor(table: Table, limits: Pick<Limits, 'dedupWindowMs' | 'dedupEntriesMax' | 'dedupEntriesPerPublisherMax'>) {
    this.window = new DedupWindow(limits);
    this.#table = table;
  }

  /** Takes up the ids that were stored and are still inside the window, and says how many records it has read. */
  load(generation: string, now: number, dedupWindowMs: number): number {
    let read = 0;
    for (const { key, value } of this.#table.range(FIRST, AFTER_LAST)) {
      const id = storedIdOf(key, value);
      const number = numberOfKey(key);
      if (read === 0) this.#oldest = number;
      read += 1;
      this.#next = number + 1;
      // Those at the beginning that have expired will be removed as if the window had forgotten them.
      if (this.window.size === 0 && id.time + dedupWindowMs <= now) continue;
      const { seqNo, messageId, fingerprint, time } = id;
      this.window.restore(id, { epoch: epochOf(id, generation), seqNo, messageId }, fingerprint, time);
    }
    this.commit();
    return read;
  }

  moveTo(table: Table): void {
    this.#table = table;
  }

  /** Remembers and stores the id of a message. */
  remember(request: PublishRequest, position: Position, ownEpoch: string, time: number): void {
    const fingerprint = this.window.commit(request, position, time);
    const { topic, publisher, messageId } = request;
    const key = numberKey(this.#next);
    const id = { topic, publisher, messageId, ownEpoch, seqNo: position.seqNo, fingerprint, time };
    this.#table.put(key, idRecord(key, id));
    this.#next += 1;
    for (let removed = 0; removed < REMOVED_PER_PUBLISH && this.#next - this.#oldest > this.window.size; removed++) {
      this.#table.remove(numberKey(this.#oldest));
      this.#oldest += 1;
    }
  }

  /** The transaction has succeeded. */
  commit(): void {
    this.#committedOldest = this.#oldest;
    this.#committedNext = this.#next;
  }

  /** The transaction has failed: the ids that were remembered in it are not. */
  undo(): void {
    this.window.takeBack(this.#next - this.#committedNext);
    this.#oldest = this.#committedOldest;
    this.#next = this.#committedNext;
  }
}
