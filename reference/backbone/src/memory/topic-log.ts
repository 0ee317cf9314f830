/** One topic of the memory backbone: its order, its bounded history, and who listens. */

import type { Position } from '@micro-socket/protocol';
import type { Entry, EntryListener, PublishRequest, ReadRange } from '../contract.ts';

export class TopicLog {
  readonly #epoch: string;
  readonly #lengthMax: number;
  readonly #history: Entry[] = [];
  readonly #listeners = new Set<EntryListener>();
  #head: Position;
  #sizeBytes = 0;

  constructor(epoch: string, lengthMax: number) {
    this.#epoch = epoch;
    this.#lengthMax = lengthMax;
    this.#head = { epoch, seqNo: 0 };
  }

  get head(): Position {
    return this.#head;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /** True when it has no message, never had one, and nobody listens. */
  get isUnused(): boolean {
    return this.#head.seqNo === 0 && this.#listeners.size === 0;
  }

  // #region append
  /** Stores a message at the head and hands it to every listener, in the same turn and therefore in one order. */
  append(request: PublishRequest, time: number): Position {
    const prevSeqNo = this.#head.seqNo;
    const seqNo = prevSeqNo + 1;
    const { messageId, payload, sizeBytes } = request;
    const entry: Entry = { epoch: this.#epoch, seqNo, prevSeqNo, messageId, time, payload, sizeBytes };

    this.#history.push(entry);
    this.#sizeBytes += sizeBytes;
    if (this.#history.length > this.#lengthMax) this.dropOldest();
    this.#head = { epoch: this.#epoch, seqNo, messageId };

    for (const listener of this.#listeners) listener(entry);
    return this.#head;
  }
  // #endregion append

  /** Gives up the oldest message and says how many bytes that freed; 0 when there is none. */
  dropOldest(): number {
    const oldest = this.#history.shift();
    if (oldest === undefined) return 0;
    this.#sizeBytes -= oldest.sizeBytes;
    return oldest.sizeBytes;
  }

  listen(listener: EntryListener): void {
    this.#listeners.add(listener);
  }

  unlisten(listener: EntryListener): void {
    this.#listeners.delete(listener);
  }

  read({ afterSeqNo, limit }: ReadRange): readonly Entry[] {
    const first = this.#history.findIndex((entry) => entry.seqNo > afterSeqNo);
    if (first === -1) return [];
    return this.#history.slice(first, first + limit);
  }

  /** Position 0 is anchored as long as nothing has been given up: then all of the history follows it. */
  anchors({ epoch, seqNo, messageId }: Position): boolean {
    if (epoch !== this.#epoch) return false;
    if (seqNo === 0) return this.#history.length === this.#head.seqNo;
    return this.#history.some((entry) => entry.seqNo === seqNo && entry.messageId === messageId);
  }
}
