/**
 * The state of one open topic in memory: read once, then kept up to date by the feed.
 *
 * It is here for three who need it: `snapshot`, which would otherwise read the whole history each time; a publish with a
 * key, which may have to be refused for want of room for one key more; and the copies of what outlives the history.
 *
 * Copies. Whoever publishes with a key writes its copy before the publish is answered. Two messages are left without one:
 * those without a key, which need no copy as long as they stand in the history, and those whose publisher ended between
 * message and copy. So every gateway that keeps the state of a topic sees to it that whatever has grown old, half of the
 * history being newer, has a copy; and before it adds a message, it waits for that.
 */

import type { Position } from '@micro-socket/protocol';
import type { Entry } from '../../contract.ts';
import { Fifo } from '../../parts/fifo.ts';
import type { Access } from './access.ts';
import type { Held, LoadedState, StateCopies } from './state-copies.ts';

/** What the states of all topics hold together. */
export class KeptBytes {
  value = 0;
}

export interface KeptStateOptions {
  readonly topic: string;
  /** Shared by all topics. */
  readonly keptBytes: KeptBytes;
  readonly copies: StateCopies;
  readonly access: Access;
  readonly historyLengthMax: number;
  readonly now: () => number;
}

interface Cell extends Held {
  /** How many entries were applied before it. */
  readonly order: number;
  /** What makes sure of its copy at this moment. */
  copying: Promise<void> | undefined;
}

/** What has ended is cleared away when its copy is so old: nobody who was late writes after that. */
const CLEARED_AFTER_MS = 300_000;
const CLEARED_AT_ONCE_MAX = 1_000;
/** So many copies of removed keys are remembered. */
const REMOVED_MAX = 65_536;

export class KeptState {
  readonly #options: KeptStateOptions;
  /** Removed keys included, until they have grown old. */
  readonly #cells = new Map<string | undefined, Cell>();
  /** Those that have not grown old, oldest first, and some that have been replaced since. */
  readonly #young = new Fifo<Cell>();
  /** Those that have, and whose copy nobody has looked at since. */
  readonly #overdue = new Set<Cell>();
  /** Copies of removed keys, oldest first. */
  readonly #removed = new Fifo<{ copySeqNo: number; copiedAt: number }>();
  /** Keys that are being added, and how often. */
  readonly #adding = new Map<string, number>();
  #applied = 0;
  #head: Position;

  constructor(options: KeptStateOptions, { head, held, history }: LoadedState) {
    this.#options = options;
    this.#head = head;
    const places = new Map(history.map((seqNo, place) => [seqNo, place]));
    this.#applied = history.length;
    for (const one of held) {
      const order = places.get(one.entry.seqNo);
      const cell = { ...one, order: order ?? 0, copying: undefined };
      // What has left the history has its copy.
      if (order === undefined) this.#putOld(cell);
      else this.#put(cell);
    }
  }

  get head(): Position {
    return this.#head;
  }

  /** Takes an entry that comes after all that it has. */
  apply(entry: Entry): void {
    const { epoch, seqNo, messageId } = entry;
    if (seqNo <= this.#head.seqNo) return;
    this.#head = { epoch, seqNo, messageId };
    const before = this.#cells.get(entry.key);
    const replaces = before?.copySeqNo ?? before?.replaces ?? 0;
    this.#put({ entry, copySeqNo: undefined, copiedAt: 0, replaces, order: this.#applied, copying: undefined });
    this.#applied += 1;
    this.#findOverdue(0);
    // What fails is tried again with the next entry.
    for (const cell of this.#overdue) this.#secureOne(cell).catch(() => {});
  }

  /** Those that are state at this moment, oldest first. */
  entries(): Entry[] {
    const now = this.#options.now();
    return [...this.#cells.values()].map(({ entry }) => entry).filter((entry) => isState(entry, now));
  }

  /** Whether a message with this key can be added without one key too many. */
  hasRoomFor(key: string, keysMax: number): boolean {
    const now = this.#options.now();
    const known = this.#cells.get(key);
    if (known !== undefined && isState(known.entry, now)) return true;
    if (this.#adding.has(key)) return true;
    let count = [...this.#adding.keys()].filter((adding) => !this.#has(adding, now)).length;
    // Most often there is room even if everything counted.
    if (this.#cells.size + count < keysMax) return true;
    for (const { entry } of this.#cells.values()) if (entry.key !== undefined && isState(entry, now)) count += 1;
    return count < keysMax;
  }

  /** Counts a key that is being added until the answered function is called. */
  adding(key: string): () => void {
    this.#adding.set(key, (this.#adding.get(key) ?? 0) + 1);
    return () => {
      const count = this.#adding.get(key) ?? 0;
      if (count > 1) this.#adding.set(key, count - 1);
      else this.#adding.delete(key);
    };
  }

  /** Resolves when the newest message of a key has a copy. */
  async secure(key: string | undefined): Promise<void> {
    const cell = this.#cells.get(key);
    if (cell !== undefined && cell.copySeqNo === undefined) await this.#secureOne(cell);
  }

  /** Resolves when one message more leaves nothing old without a copy; `undefined`: it would not. */
  secureOld(): Promise<void> | undefined {
    this.#findOverdue(1);
    return this.#overdue.size === 0 ? undefined : this.#secureAll();
  }

  async #secureAll(): Promise<void> {
    await Promise.all([...this.#overdue].map((cell) => this.#secureOne(cell)));
  }

  /** Gives up everything; nobody may use it afterwards. */
  discard(): void {
    for (const key of [...this.#cells.keys()]) this.#remove(key);
  }

  /** Clears away what removed keys have left behind. Rejects with UNAVAILABLE. */
  async clearRemoved(): Promise<void> {
    const before = this.#options.now() - CLEARED_AFTER_MS;
    for (let cleared = 0; cleared < CLEARED_AT_ONCE_MAX; cleared++) {
      const { oldest } = this.#removed;
      if (oldest === undefined || oldest.copiedAt > before) return;
      this.#removed.shift();
      await this.#clear(oldest.copySeqNo);
    }
  }

  /** Clears away messages whose ttl has passed. Rejects with UNAVAILABLE. */
  async clearExpired(): Promise<void> {
    const before = this.#options.now() - CLEARED_AFTER_MS;
    let cleared = 0;
    for (const [key, cell] of this.#cells) {
      const { entry, copySeqNo, copiedAt } = cell;
      if (copySeqNo === undefined || copiedAt > before || isState(entry, before)) continue;
      if (++cleared > CLEARED_AT_ONCE_MAX) return;
      await this.#clear(copySeqNo);
      if (this.#isCurrent(cell)) this.#remove(key);
    }
  }

  async #clear(copySeqNo: number): Promise<void> {
    const { copies, access, now } = this.#options;
    await access.insist(now() + COPY_PATIENCE_MS, () => copies.clear(copySeqNo));
  }

  #put(cell: Cell): void {
    const { entry } = cell;
    this.#remove(entry.key);
    // Each one is added anew, so they stand in the order of their seqNos.
    this.#cells.set(entry.key, cell);
    this.#options.keptBytes.value += entry.sizeBytes;
    this.#young.push(cell);
  }

  /** Keeps one that has grown old and has a copy, if it is state. */
  #putOld(cell: Cell): void {
    const { entry, copySeqNo, copiedAt } = cell;
    this.#remove(entry.key);
    if (!isRemoval(entry)) {
      this.#cells.set(entry.key, cell);
      this.#options.keptBytes.value += entry.sizeBytes;
    } else if (copySeqNo !== undefined) {
      this.#removed.push({ copySeqNo, copiedAt });
      // What is forgotten here is found again when the state is read the next time.
      if (this.#removed.length > REMOVED_MAX) this.#removed.shift();
    }
  }

  #remove(key: string | undefined): void {
    const cell = this.#cells.get(key);
    if (cell === undefined) return;
    this.#cells.delete(key);
    this.#overdue.delete(cell);
    this.#options.keptBytes.value -= cell.entry.sizeBytes;
  }

  #has(key: string, now: number): boolean {
    const cell = this.#cells.get(key);
    return cell !== undefined && isState(cell.entry, now);
  }

  /** Finds those that are old, or will be when so many entries more have come. */
  #findOverdue(more: number): void {
    const half = Math.floor(this.#options.historyLengthMax / 2);
    for (;;) {
      const { oldest } = this.#young;
      if (oldest === undefined) return;
      const newerCount = this.#applied - oldest.order - 1;
      if (this.#isCurrent(oldest) && newerCount + more < Math.max(more, half)) return;
      this.#young.shift();
      if (this.#isCurrent(oldest)) this.#overdue.add(oldest);
    }
  }

  #isCurrent(cell: Cell): boolean {
    return this.#cells.get(cell.entry.key) === cell;
  }

  #secureOne(cell: Cell): Promise<void> {
    cell.copying ??= this.#makeSure(cell).finally(() => {
      cell.copying = undefined;
    });
    return cell.copying;
  }

  async #makeSure(cell: Cell): Promise<void> {
    const { copies, access, topic, now } = this.#options;
    const { entry, replaces } = cell;
    const isOverdue = this.#overdue.has(cell);
    // One that has a copy is looked at again when it is old: in a cluster of 2.9, of two who compare and set at the same
    // moment both may succeed, the older one last.
    const isFirst = cell.copySeqNo === undefined;
    const write = (attempt: number) => copies.write(topic, entry, isFirst && attempt === 0 ? replaces : undefined);
    const { seqNo, at } = await access.insist(now() + COPY_PATIENCE_MS, write);
    cell.copySeqNo = seqNo;
    cell.copiedAt = at;
    if (!isOverdue) return;
    this.#overdue.delete(cell);
    if (this.#isCurrent(cell) && isRemoval(entry)) this.#putOld(cell);
  }
}

/** How long a copy is tried before the publish that waits for it is UNAVAILABLE. */
const COPY_PATIENCE_MS = 10_000;

/** The entries that are state at this moment, of those that are state as long as no time passes. */
export function stateAt(held: readonly Held[], now: number): Entry[] {
  return held.map(({ entry }) => entry).filter((entry) => isState(entry, now));
}

function isRemoval({ key, payload }: Entry): boolean {
  return key !== undefined && payload === null;
}

function isState(entry: Entry, now: number): boolean {
  return !isRemoval(entry) && (entry.ttlMs === undefined || entry.time + entry.ttlMs > now);
}
