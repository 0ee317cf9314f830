/**
 * The state of one open topic in memory: read once, then kept up to date by the feed.
 *
 * It is here for three who need it: `snapshot`, which would otherwise read the whole history each time; a publish with a
 * key, which may have to be refused for want of room for one key more; and the copies of what outlives the history.
 *
 * Copies. Whoever publishes with a key writes its copy before the publish is answered. Two messages are left without one:
 * those without a key, which have no copy as long as they stand in the history, and those whose publisher ended between
 * message and copy. So every gateway that keeps the state of a topic sees to it that whatever has grown old (half of the
 * history is newer) has a copy; and before it adds a message with a key, it waits for that. A message without a key needs no
 * such care: it takes the place of the newest one without a key, and the other gateways hear it.
 */

import type { Position } from '@micro-socket/protocol';
import type { Entry } from '../../contract.ts';
import { Fifo } from '../../parts/fifo.ts';
import type { Access } from './access.ts';
import { type Held, type LoadedState, OvertakenError, type StateCopies } from './state-copies.ts';

export interface KeptStateOptions {
  readonly topic: string;
  readonly copies: StateCopies;
  readonly access: Access;
  readonly historyLengthMax: number;
  readonly now: () => number;
}

interface Cell extends Held {
  /** How many entries were applied before it. */
  readonly order: number;
  copying: Promise<void> | undefined;
}

/** What was a copy's place is cleared away when it is so old: nobody who is late writes after that. */
export const CLEARED_AFTER_MS = 3_600_000;
const CLEARED_AT_ONCE_MAX = 64;

export class KeptState {
  readonly #options: KeptStateOptions;
  /** Removed keys included, as long as they have no copy. */
  readonly #cells = new Map<string | undefined, Cell>();
  /** Those without a copy that have not grown old, oldest first, and some that have been replaced since. */
  readonly #uncopied = new Fifo<Cell>();
  /** Those without a copy that have. */
  readonly #overdue = new Set<Cell>();
  /** Copies of removed keys, oldest first. */
  readonly #removed = new Fifo<{ copySeqNo: number; copiedAt: number }>();
  /** Keys that are being added, and how often. */
  readonly #adding = new Map<string, number>();
  #applied = 0;
  #sizeBytes = 0;
  #head: Position;

  constructor(options: KeptStateOptions, { head, held, history }: LoadedState) {
    this.#options = options;
    this.#head = head;
    const places = new Map(history.map((seqNo, place) => [seqNo, place]));
    this.#applied = history.length;
    for (const one of held) {
      const order = places.get(one.entry.seqNo) ?? 0;
      this.#put({ ...one, order, copying: undefined });
    }
  }

  get head(): Position {
    return this.#head;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
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
    for (const cell of this.#overdue) this.#copy(cell).catch(() => {});
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
    if (cell !== undefined) await this.#copy(cell);
  }

  /** Resolves when one message more leaves nothing old without a copy. */
  async secureOld(): Promise<void> {
    this.#findOverdue(1);
    await Promise.all([...this.#overdue].map((cell) => this.#copy(cell)));
  }

  /** Clears away copies that nobody needs any more. Rejects with UNAVAILABLE. */
  async clear(): Promise<void> {
    const { copies, access, now } = this.#options;
    const before = now() - CLEARED_AFTER_MS;
    for (let count = 0; count < CLEARED_AT_ONCE_MAX; count++) {
      const { oldest } = this.#removed;
      if (oldest === undefined || oldest.copiedAt > before) break;
      this.#removed.shift();
      await access.insist(now(), () => copies.clear(oldest.copySeqNo));
    }
    let count = 0;
    for (const [key, { entry, copySeqNo, copiedAt }] of this.#cells) {
      if (copySeqNo === undefined || copiedAt > before || isState(entry, before)) continue;
      if (++count > CLEARED_AT_ONCE_MAX) break;
      await access.insist(now(), () => copies.clear(copySeqNo));
      if (this.#cells.get(key)?.entry === entry) this.#remove(key);
    }
  }

  #put(cell: Cell): void {
    const { entry, copySeqNo, copiedAt } = cell;
    this.#remove(entry.key);
    if (copySeqNo !== undefined && isRemoval(entry)) {
      this.#removed.push({ copySeqNo, copiedAt });
      return;
    }
    // Each one is added anew, so they stand in the order of their seqNos.
    this.#cells.set(entry.key, cell);
    this.#sizeBytes += entry.sizeBytes;
    if (copySeqNo === undefined) this.#uncopied.push(cell);
  }

  #remove(key: string | undefined): void {
    const cell = this.#cells.get(key);
    if (cell === undefined) return;
    this.#cells.delete(key);
    this.#overdue.delete(cell);
    this.#sizeBytes -= cell.entry.sizeBytes;
  }

  #has(key: string, now: number): boolean {
    const cell = this.#cells.get(key);
    return cell !== undefined && isState(cell.entry, now);
  }

  /** Finds those without a copy that are old, or will be when so many entries more have come. */
  #findOverdue(more: number): void {
    const half = Math.floor(this.#options.historyLengthMax / 2);
    for (;;) {
      const { oldest } = this.#uncopied;
      if (oldest === undefined) return;
      const newerCount = this.#applied - oldest.order - 1;
      if (this.#isCurrent(oldest) && newerCount + more < Math.max(more, half)) return;
      this.#uncopied.shift();
      if (this.#isCurrent(oldest) && oldest.copySeqNo === undefined) this.#overdue.add(oldest);
    }
  }

  #isCurrent(cell: Cell): boolean {
    return this.#cells.get(cell.entry.key) === cell;
  }

  #copy(cell: Cell): Promise<void> {
    if (cell.copySeqNo !== undefined) return Promise.resolve();
    cell.copying ??= this.#write(cell).finally(() => {
      cell.copying = undefined;
    });
    return cell.copying;
  }

  async #write(cell: Cell): Promise<void> {
    const { copies, access, topic, now } = this.#options;
    const { entry, replaces } = cell;
    const write = (attempt: number) => copies.write(topic, entry, attempt === 0 ? replaces : undefined);
    const { seqNo, at } = await access.insist(now() + COPY_PATIENCE_MS, write);
    cell.copySeqNo = seqNo;
    cell.copiedAt = at;
    this.#overdue.delete(cell);
    if (!isRemoval(entry) || !this.#isCurrent(cell)) return;
    this.#remove(entry.key);
    this.#removed.push({ copySeqNo: seqNo, copiedAt: at });
  }
}

/** How long a copy is tried before the publish that waits for it is UNAVAILABLE. */
const COPY_PATIENCE_MS = 10_000;

/** Reads the state of a topic until it is overtaken no more. */
export async function loadState(options: KeptStateOptions, untilAt: number): Promise<LoadedState> {
  const { access, copies, topic } = options;
  try {
    return await access.insist(untilAt, () => copies.load(topic));
  } catch (error) {
    throw error instanceof OvertakenError ? access.unavailable(error) : error;
  }
}

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
