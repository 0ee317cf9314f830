/**
 * The folder of a store: taking it, finding out what is in it, and giving it back.
 *
 * Opening goes from the harmless to the harmful: the folder itself; the right to be its owner; the data file, read as
 * plain bytes, because LMDB trusts what it maps and a wrong byte could end the process; and only then LMDB.
 *
 * **When epochs change.** The generation is a part of every epoch. It changes, and with it all epochs at once, when the
 * histories may not be those that clients know: when the file is not the one that was open last (a copy), when it is a
 * backup, when the machine was restarted while it was open at the level `written`, and when it was rolled back.
 */

import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Random, randomId } from '@micro-socket/transport';
import { systemBootId } from './boot-id.ts';
import type { StoreContents } from './check.ts';
import { Checkpoints, checkpointOf, removeCheckpoint } from './checkpoints.ts';
import { CLOSED_FILE, fileIdOf, isMarkedClosed, markClosed, removeClosedMark } from './closed-mark.ts';
import { CAN_BE_CHECKED, contentsOfFile, metaOfFile } from './data-file.ts';
import { DirectoryLock } from './directory-lock.ts';
import { DamagedRecord, DirectoryUnusableError, StoreDamagedError } from './errors.ts';
import { putHeader } from './lmdb-file.ts';
import { makeStore } from './make-store.ts';
import {
  META_KEY,
  metaOf,
  metaRecord,
  PROGRESS_KEY,
  progressOf,
  progressRecord,
  STORE_FORMAT,
  type StoreMeta,
  type StoreProgress,
} from './records.ts';
import { repair } from './repair.ts';
import { CommitFailed, DATA_FILE, LOCK_FILE, Store, type Tables } from './store.ts';

export interface OpenFolderOptions {
  readonly directory: string;
  readonly random: Random;
  readonly level: 'disk' | 'written';
  /** Names this run of the machine. */
  readonly bootId?: string | undefined;
}

const GENERATION_LENGTH = 6;
const OWNER_LENGTH = 12;
const ROLLED_BACK = 'The newest messages were not on the disk when the machine stopped, and are lost.';
export const EPOCH_LENGTH = 12;

/** Another process has opened the folder, which it can only where it does not see the lock: in another container. */
export class OwnerChanged extends Error {
  override readonly name = 'OwnerChanged';
}

/** A folder that is open. */
export class Folder {
  readonly directory: string;
  readonly meta: StoreMeta;
  /** Tells this owner from all others. */
  readonly owner: string;
  /** How many records opening it had to read. */
  readonly recordsChecked: number;
  /** What was wrong and has been put right, as sentences. */
  readonly repaired: readonly string[];
  readonly #lock: DirectoryLock;
  readonly #level: 'disk' | 'written';
  /** At the level `written`: what a loss of power leaves. */
  readonly #checkpoints: Checkpoints | undefined;
  #store: Store;

  private constructor({ directory, lock, store, level, checkpoints }: FolderParts, taken: Taken) {
    this.directory = directory;
    this.meta = taken.meta;
    this.owner = taken.owner;
    this.recordsChecked = taken.recordsChecked;
    this.repaired = taken.repaired;
    this.#lock = lock;
    this.#level = level;
    this.#store = store;
    this.#checkpoints = checkpoints;
  }

  /** Rejects with `DirectoryInUseError`, `DirectoryUnusableError` or `StoreDamagedError`. */
  static async open({ directory, random, level, bootId = systemBootId() }: OpenFolderOptions): Promise<Folder> {
    const path = usable(directory);
    const lock = await DirectoryLock.take(path);
    let store: Store | undefined;
    try {
      const dataFile = join(path, DATA_FILE);
      if (!existsSync(dataFile)) await create(path, random, level);
      const isClosed = isMarkedClosed(path, dataFile);
      const checked = await checkFile(path, dataFile, isClosed);
      removeClosedMark(path);
      store = opened(path, level);
      const checkpoints = level === 'written' ? await Checkpoints.of(path, store) : undefined;
      // What the level before has not made the disk take, this one relies upon.
      await store.sync();
      const taken = await takeOver(dataFile, store, { random, level, bootId, isClosed, ...checked });
      if (checkpoints === undefined) removeCheckpoint(path);
      return new Folder({ directory: path, lock, store, level, checkpoints }, taken);
    } catch (error) {
      await store?.close();
      await lock.release();
      throw openingProblem(path, error);
    }
  }

  get tables(): Tables {
    return this.#store.tables;
  }

  get generation(): string {
    return this.meta.generation;
  }

  transaction<Result>(work: () => Result, beforeWrites?: () => void): Promise<Result> {
    return this.#store.transaction(work, beforeWrites);
  }

  progress(): StoreProgress {
    return progressIn(this.tables);
  }

  /** Inside a transaction: says how far the store has come with it. Throws `OwnerChanged`. */
  writeProgress({ commitNo, nextTopicId }: Pick<StoreProgress, 'commitNo' | 'nextTopicId'>): void {
    const { owner } = this;
    if (this.progress().owner !== owner) throw new OwnerChanged('Another process has opened the store.');
    const transaction = this.#store.transactionNo;
    this.tables.meta.put(PROGRESS_KEY, progressRecord({ owner, commitNo, transaction, nextTopicId }));
  }

  /** To be called after each transaction, before the next. `now` is in milliseconds since 1970. */
  afterCommit(now: number): void {
    this.#checkpoints?.takeIfDue(now);
  }

  /** Opens the data file anew, after a commit that failed. */
  async reopen(): Promise<void> {
    await this.#checkpoints?.end();
    await this.#store.close();
    this.#store = opened(this.directory, this.#level);
    await this.#checkpoints?.moveTo(this.#store);
  }

  /** What to tell of a record that everything hangs on. */
  damaged(damage: DamagedRecord): StoreDamagedError {
    return recordDamaged(this.directory, damage);
  }

  /** `isClean`: what is stored is what was acknowledged, and need not be checked when it is opened the next time. */
  async close(isClean: boolean): Promise<void> {
    try {
      await this.#checkpoints?.end();
      if (isClean) await this.#store.sync();
      await this.#store.close();
      if (!isClean) return;
      markClosed(this.directory, join(this.directory, DATA_FILE));
      removeCheckpoint(this.directory);
    } finally {
      await this.#lock.release();
    }
  }
}

function recordDamaged(directory: string, cause: DamagedRecord): StoreDamagedError {
  return new StoreDamagedError(join(directory, DATA_FILE), 'a record that others hang on is damaged', undefined, {
    cause,
  });
}

/** What an error in opening a store means for its operator. */
function openingProblem(directory: string, error: unknown): unknown {
  if (error instanceof DamagedRecord) return recordDamaged(directory, error);
  if (!(error instanceof CommitFailed)) return error;
  return new DirectoryUnusableError(directory, `nothing can be written to it: ${problemOf(error.cause)}`, {
    cause: error,
  });
}

interface FolderParts {
  readonly directory: string;
  readonly lock: DirectoryLock;
  readonly store: Store;
  readonly level: 'disk' | 'written';
  readonly checkpoints: Checkpoints | undefined;
}

/** The real path of a folder that can be used; it is made where it is not there. */
function usable(directory: string): string {
  try {
    mkdirSync(directory, { recursive: true });
    const path = realpathSync(directory);
    if (!statSync(path).isDirectory()) throw new DirectoryUnusableError(directory, 'it is not a folder.');
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return path;
  } catch (error) {
    if (error instanceof DirectoryUnusableError) throw error;
    throw new DirectoryUnusableError(directory, problemOf(error), { cause: error });
  }
}

function problemOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'there is a file where the folder should be.';
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not read and write it.';
  if (code === 'EROFS') return 'its file system can only be read.';
  if (code === 'ENOSPC') return 'its file system is full.';
  return message;
}

/** Makes a store in a folder that has none. */
async function create(directory: string, random: Random, level: 'disk' | 'written'): Promise<void> {
  for (const name of [LOCK_FILE, CLOSED_FILE]) {
    if (!existsSync(join(directory, name))) continue;
    throw new StoreDamagedError(join(directory, DATA_FILE), `it is missing, although ${name} is there`);
  }
  const meta: StoreMeta = {
    format: STORE_FORMAT,
    level,
    generation: randomId(random, GENERATION_LENGTH),
    generationNo: 1,
    // Who opens it says the rest.
    fileId: '',
    isBackup: false,
  };
  await makeStore(directory, (store) => {
    return store.transaction(() => {
      store.tables.meta.put(META_KEY, metaRecord(meta));
      const transaction = store.transactionNo;
      store.tables.meta.put(PROGRESS_KEY, progressRecord({ owner: '', commitNo: 0, transaction, nextTopicId: 1 }));
    });
  });
}

/** Opens a data file that is known to be good. */
function opened(directory: string, level: 'disk' | 'written'): Store {
  try {
    return new Store({ directory, waitsForDisk: level === 'disk' });
  } catch (error) {
    throw new DirectoryUnusableError(directory, `LMDB cannot open it: ${problemOf(error)}`, { cause: error });
  }
}

interface Checked {
  /** What is in the data file. Unknown where it was closed properly and nobody has touched it since: then it is as it was. */
  readonly contents: StoreContents | undefined;
  /** Whether the newest messages are lost, because the disk did not have them when it lost its power. */
  readonly isRolledBack: boolean;
}

async function checkFile(directory: string, dataFile: string, isClosed: boolean): Promise<Checked> {
  if (!CAN_BE_CHECKED) return { contents: undefined, isRolledBack: false };
  if (isClosed) {
    metaOfFile(dataFile);
    return { contents: undefined, isRolledBack: false };
  }
  try {
    return { contents: await contentsOfFile(dataFile), isRolledBack: false };
  } catch (error) {
    const header = error instanceof StoreDamagedError ? checkpointOf(directory) : undefined;
    if (header === undefined) throw error;
    const contents = await contentsOfFile(dataFile, header).catch(() => Promise.reject(error));
    putHeader(dataFile, header);
    return { contents, isRolledBack: true };
  }
}

interface Taken {
  readonly meta: StoreMeta;
  readonly owner: string;
  readonly recordsChecked: number;
  readonly repaired: readonly string[];
}

interface Circumstances extends Checked {
  readonly random: Random;
  readonly level: 'disk' | 'written';
  readonly bootId: string | undefined;
  /** Whether it was closed properly and nobody has touched it since. */
  readonly isClosed: boolean;
}

/** Makes this process the owner of a store that is open. */
async function takeOver(dataFile: string, store: Store, circumstances: Circumstances): Promise<Taken> {
  const { random, level, bootId, isClosed, contents, isRolledBack } = circumstances;
  const { meta: table } = store.tables;
  const before = metaIn(store.tables);
  const fileId = fileIdOf(dataFile);
  const isOther = before.isBackup || (before.fileId !== fileId && before.fileId !== '');
  const mayHaveLost = before.level === 'written' && !isClosed && before.bootId !== bootId && before.fileId !== '';
  // A message whose id is lost may be stored a second time.
  const hasLostIds = (contents?.damage.ids.length ?? 0) > 0;
  const isNewGeneration = isOther || mayHaveLost || hasLostIds || isRolledBack;
  const meta: StoreMeta = {
    format: STORE_FORMAT,
    level,
    generation: isNewGeneration ? randomId(random, GENERATION_LENGTH) : before.generation,
    generationNo: before.generationNo + (isNewGeneration ? 1 : 0),
    bootId,
    fileId,
    isBackup: false,
  };
  const owner = randomId(random, OWNER_LENGTH);
  const progress = progressIn(store.tables);
  await store.transaction(() => {
    if (contents !== undefined) repair(store.tables, contents.damage, () => randomId(random, EPOCH_LENGTH));
    table.put(META_KEY, metaRecord(meta));
    table.put(PROGRESS_KEY, progressRecord({ ...progress, owner, transaction: store.transactionNo }));
  });
  // From now on clients may be told the new epochs, and the level must not be forgotten by a machine that stops.
  await store.sync();
  const repaired = [...(isRolledBack ? [ROLLED_BACK] : []), ...(contents?.problems ?? [])];
  return { meta, owner, recordsChecked: contents?.recordCount ?? 0, repaired };
}

function metaIn(tables: Tables): StoreMeta {
  return metaOf(required(tables.meta.get(META_KEY)));
}

function progressIn(tables: Tables): StoreProgress {
  return progressOf(required(tables.meta.get(PROGRESS_KEY)));
}

function required(record: Buffer | undefined): Buffer {
  if (record === undefined) throw new Error('The store does not say what it is.');
  return record;
}
