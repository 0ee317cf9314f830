/** Sends the state of a topic in parts, as fast as the connection reads (§5.6). */

import type { Entry } from '@micro-socket/backbone';
import { type FrameKind, finished, snapshotEntry, type TopicName } from './frame-kind.ts';
import type { Outlet } from './outlet.ts';

/** About how long an entry is beside its payload, in either encoding. */
const ENTRY_OVERHEAD_BYTES = 128;

export class SnapshotFeed {
  readonly #entries: readonly Entry[];
  readonly #seqNo: number;
  readonly #partBytesMax: number;
  #next = 0;
  #done = false;

  constructor(entries: readonly Entry[], seqNo: number, partBytesMax: number) {
    this.#entries = entries;
    this.#seqNo = seqNo;
    this.#partBytesMax = partBytesMax;
  }

  /** Writes parts until the last one is out or the outlet is full. Returns true when all of them are out. */
  send(outlet: Outlet, kind: FrameKind, { topic, alias }: TopicName): boolean {
    while (!this.#done) {
      if (outlet.full) return false;
      const entries = this.#takePart();
      this.#done = this.#next === this.#entries.length;
      const seqNo = this.#seqNo;
      outlet.write(finished(kind, { type: 'snapshot', topic, alias, seqNo, entries, last: this.#done }));
    }
    return true;
  }

  #takePart() {
    const part = [];
    for (let bytes = 0; this.#next < this.#entries.length && bytes < this.#partBytesMax; this.#next++) {
      const entry = this.#entries[this.#next] as Entry;
      part.push(snapshotEntry(entry));
      bytes += entry.sizeBytes + ENTRY_OVERHEAD_BYTES;
    }
    return part;
  }
}
