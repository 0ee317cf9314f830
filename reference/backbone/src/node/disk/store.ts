/**
 * The store's file: one LMDB environment with a database for each kind of record, and the only place that knows `lmdb`.
 *
 * Every change is made inside `transaction`, whose promise resolves when the changes are as safe as the level says: with
 * `disk` LMDB has written its pages, called fdatasync, and then written the page that makes them valid through a
 * descriptor with O_DSYNC; with `written` it has done the same without waiting for the disk. A change that was made in a
 * transaction's callback cannot be undone by throwing there: LMDB would commit it. So whoever writes decides first.
 *
 * What this does about `lmdb`, and why. `overlappingSync` is off, because with it nobody says when the disk has the data.
 * `useWritemap` stays off: a full disk would then be a SIGBUS instead of an error. The address space for the file is
 * reserved at once, so that the file need not be mapped anew while others read it. `eventTurnBatching` is off, because it
 * makes promises that nobody gets, and whose rejection would end the process. And after a commit that failed the
 * environment is closed and opened anew by the caller: LMDB may refuse it from then on, and `lmdb` would wait for ever.
 */

import { type Database, open, type RootDatabase } from 'lmdb';
import { TABLES, type TableName } from './tables.ts';

export type Tables = { readonly [Name in TableName]: Table };

export interface StoredRecord {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** More than any file of this store will have. Only Windows would fill the file up to it at once. */
const MAP_BYTES = 2 ** 38;

export const DATA_FILE = 'data.mdb';
export const LOCK_FILE = 'lock.mdb';

/** What a commit failed of is its `cause`. */
export class CommitFailed extends Error {
  override readonly name = 'CommitFailed';
}

/** Records by their keys. What it gives is a copy, and stays as it is. Writing is for transactions. */
export class Table {
  readonly #database: Database<Buffer, Buffer>;
  readonly #onWrite: () => void;

  constructor(database: Database<Buffer, Buffer>, onWrite: () => void) {
    this.#database = database;
    this.#onWrite = onWrite;
  }

  get(key: Buffer): Buffer | undefined {
    return this.#database.get(key);
  }

  put(key: Buffer, record: Buffer): void {
    this.#onWrite();
    this.#database.put(key, record);
  }

  remove(key: Buffer): void {
    this.#onWrite();
    this.#database.remove(key);
  }

  /** From a key on, up to but without another, in the order of the keys. Nothing may be written while it goes on. */
  range(start: Buffer, end: Buffer, limit = Number.POSITIVE_INFINITY): Iterable<StoredRecord> {
    return this.#database.getRange({ start, end, limit });
  }

  /** From a key backwards, down to but without another. */
  rangeBack(start: Buffer, end: Buffer, limit: number): Iterable<StoredRecord> {
    return this.#database.getRange({ start, end, limit, reverse: true });
  }

  /** The first record from a key on. */
  firstFrom(start: Buffer, end: Buffer): StoredRecord | undefined {
    for (const first of this.range(start, end, 1)) return first;
    return undefined;
  }
}

export interface StoreOptions {
  readonly directory: string;
  /** Whether a commit waits until the disk has it. */
  readonly waitsForDisk: boolean;
}

export class Store {
  readonly tables: Tables;
  readonly #root: RootDatabase<Buffer, Buffer>;
  #beforeWrites: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /** Opens a file that is known to be one of this store, or makes one in an empty folder. Blocks for some milliseconds. */
  constructor({ directory, waitsForDisk }: StoreOptions) {
    const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;
    this.#root = open<Buffer, Buffer>({
      path: directory,
      noSubdir: false,
      maxDbs: TABLES.length,
      overlappingSync: false,
      eventTurnBatching: false,
      noSync: !waitsForDisk,
      ...(process.platform === 'win32' ? {} : { mapSize: MAP_BYTES }),
      ...binary,
    });
    const onWrite = () => this.#onWrite();
    const opened = TABLES.map((name) => {
      return [name, new Table(this.#root.openDB<Buffer, Buffer>({ name, ...binary }), onWrite)] as const;
    });
    this.tables = Object.fromEntries(opened) as Tables;
  }

  /**
   * Runs `work`, whose reads see its own changes, and resolves when they are safe. `beforeWrites` runs before the first
   * change, and not at all in a transaction that only reads. Rejects with `CommitFailed`.
   */
  async transaction<Result>(work: () => Result, beforeWrites?: () => void): Promise<Result> {
    try {
      return await this.#root.transaction(() => {
        this.#beforeWrites = beforeWrites;
        return work();
      });
    } catch (error) {
      throw new CommitFailed('The transaction failed.', { cause: await causeOf(error) });
    } finally {
      this.#beforeWrites = undefined;
    }
  }

  /** Keeps what is stored now from being overwritten, and gives what ends that. Between transactions only. */
  hold(): () => void {
    this.#root.resetReadTxn();
    const reader = this.#root.useReadTransaction();
    return () => reader.done();
  }

  /** LMDB's number of the transaction under way; inside `work` only. */
  get transactionNo(): number {
    return this.#root.getWriteTxnId();
  }

  /** Resolves when the disk has everything that was committed before, whatever the level. */
  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      const { env } = this.#root as unknown as { env: { sync(callback: (error?: Error) => void): void } };
      env.sync((error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#root.close();
    return this.#closing;
  }

  #onWrite(): void {
    const beforeWrites = this.#beforeWrites;
    this.#beforeWrites = undefined;
    beforeWrites?.();
  }
}

/** `lmdb` rejects with an error that holds a promise that rejects with the cause, now or a little later. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  return Promise.resolve(error.commitError).then(
    () => error,
    (cause: unknown) => cause,
  );
}
