/**
 * The state of one topic: the newest entry of each key, and the newest entry without a key.
 *
 * It knows nothing of the history. An entry that is state may have left the history long ago, or still stand in it.
 */

import type { Entry } from '../contract.ts';
import type { Expiring, ExpiryHeap } from './expiry-heap.ts';

/** An entry that is state. It stands in the expiry heap if it has a ttl. */
export interface StateCell extends Expiring {
  readonly topic: string;
  readonly entry: Entry;
}

export class TopicState {
  readonly #topic: string;
  readonly #expiry: ExpiryHeap<StateCell>;
  /** By key, `undefined` for none. Each cell is added anew, so they stand in the order of their seqNos. */
  readonly #cells = new Map<string | undefined, StateCell>();
  #sizeBytes = 0;

  /** The heap is shared by all topics. */
  constructor(topic: string, expiry: ExpiryHeap<StateCell>) {
    this.#topic = topic;
    this.#expiry = expiry;
  }

  /** The size of all entries that are state. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** How many keys there are; having no key is none. */
  get keyCount(): number {
    return this.#cells.size - (this.#cells.has(undefined) ? 1 : 0);
  }

  /** The newest entry of a key. Its ttl may have passed. */
  get(key: string | undefined): Entry | undefined {
    return this.#cells.get(key)?.entry;
  }

  /** Adds an entry whose key has none. */
  add(entry: Entry): void {
    const expiresAt = entry.ttlMs === undefined ? Number.POSITIVE_INFINITY : entry.time + entry.ttlMs;
    const cell: StateCell = { topic: this.#topic, entry, expiresAt, heapPlace: -1 };
    this.#cells.set(entry.key, cell);
    this.#sizeBytes += entry.sizeBytes;
    if (entry.ttlMs !== undefined) this.#expiry.add(cell);
  }

  /** Takes out the entry of a key, if there is one. */
  remove(key: string | undefined): Entry | undefined {
    const cell = this.#cells.get(key);
    if (cell === undefined) return undefined;
    this.#cells.delete(key);
    this.#sizeBytes -= cell.entry.sizeBytes;
    this.#expiry.remove(cell);
    return cell.entry;
  }

  clear(): void {
    for (const key of [...this.#cells.keys()]) this.remove(key);
  }

  /** Those whose ttl has not passed, oldest first. `now` is in milliseconds since 1970. */
  entriesAt(now: number): Entry[] {
    const entries: Entry[] = [];
    for (const { entry, expiresAt } of this.#cells.values()) if (expiresAt > now) entries.push(entry);
    return entries;
  }
}
