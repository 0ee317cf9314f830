/**
 * The folder of a store: taking it, finding out what is in it, and giving it back.
 *
 * Opening goes from the harmless to the harmful: the folder itself; the right to be its owner; the data file, read as
 * plain bytes, because LMDB trusts what it maps and a wrong byte could end the process; and only then LMDB.
 *
 * **When epochs change.** The generation is a part of every epoch. It changes, and with it all epochs at once, when the
 * histories may not be those that clients know: when the file is not the one that was open last (a copy), when it is a
 * backup, and when the machine was restarted while it was open at the level `written`.
 */

import { accessSync, constants, existsSync, mkdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Random, randomId } from '@micro-socket/transport';
import { bootId } from './boot-id.ts';
import { CLOSED_FILE, fileIdOf, isMarkedClosed, markClosed, removeClosedMark, syncDirectory } from './closed-mark.ts';
import { DirectoryLock } from './directory-lock.ts';
import { DirectoryUnusableError, StoreDamagedError } from './errors.ts';
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
import { DATA_FILE, LOCK_FILE, Store, type Tables } from './store.ts';

export interface OpenFolderOptions {
  readonly directory: string;
  readonly random: Random;
  readonly level: 'disk' | 'written';
}

const GENERATION_LENGTH = 6;
const OWNER_LENGTH = 12;
/** Where a new store is made, so that its data file is never there unfinished. */
const UNFINISHED = 'unfinished';

/** A folder that is open. */
export class Folder {
  readonly directory: string;
  readonly meta: StoreMeta;
  /** Tells this owner from all others. */
  readonly owner: string;
  readonly #lock: DirectoryLock;
  readonly #level: 'disk' | 'written';
  #store: Store;

  private constructor(directory: string, lock: DirectoryLock, store: Store, opened: Opened, level: 'disk' | 'written') {
    this.directory = directory;
    this.meta = opened.meta;
    this.owner = opened.owner;
    this.#lock = lock;
    this.#level = level;
    this.#store = store;
  }

  /** Rejects with `DirectoryInUseError`, `DirectoryUnusableError` or `StoreDamagedError`. */
  static async open({ directory, random, level }: OpenFolderOptions): Promise<Folder> {
    const path = usable(directory);
    const lock = await DirectoryLock.take(path);
    let store: Store | undefined;
    try {
      if (!existsSync(join(path, DATA_FILE))) await create(path, random, level);
      const isClosed = isMarkedClosed(path, join(path, DATA_FILE));
      removeClosedMark(path);
      store = new Store({ directory: path, waitsForDisk: level === 'disk' });
      const opened = await takeOver(path, store, { random, level, isClosed });
      return new Folder(path, lock, store, opened, level);
    } catch (error) {
      await store?.close();
      await lock.release();
      throw error;
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

  /** Opens the data file anew, after a commit that failed. */
  async reopen(): Promise<void> {
    await this.#store.close();
    this.#store = new Store({ directory: this.directory, waitsForDisk: this.#level === 'disk' });
  }

  /** `isClean`: what is stored is what was acknowledged, and need not be checked when it is opened the next time. */
  async close(isClean: boolean): Promise<void> {
    try {
      if (isClean) await this.#store.sync();
      await this.#store.close();
      if (isClean) markClosed(this.directory, join(this.directory, DATA_FILE));
    } finally {
      await this.#lock.release();
    }
  }
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
  const unfinished = join(directory, UNFINISHED);
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished);
  const store = new Store({ directory: unfinished, waitsForDisk: true });
  try {
    const meta = {
      format: STORE_FORMAT,
      level,
      generation: randomId(random, GENERATION_LENGTH),
      generationNo: 1,
      bootId: bootId(),
      fileId: fileIdOf(join(unfinished, DATA_FILE)),
      isBackup: false,
    };
    const progress = { owner: '', commitNo: 0, nextTopicId: 1 };
    await store.transaction(() => {
      store.tables.meta.put(META_KEY, metaRecord(meta));
      store.tables.meta.put(PROGRESS_KEY, progressRecord(progress));
    });
  } finally {
    await store.close();
  }
  renameSync(join(unfinished, DATA_FILE), join(directory, DATA_FILE));
  rmSync(unfinished, { recursive: true });
  syncDirectory(directory);
}

interface Opened {
  readonly meta: StoreMeta;
  readonly owner: string;
}

interface Circumstances {
  readonly random: Random;
  readonly level: 'disk' | 'written';
  /** Whether it was closed properly and nobody has touched it since. */
  readonly isClosed: boolean;
}

/** Makes this process the owner of a store that is open. */
async function takeOver(directory: string, store: Store, circumstances: Circumstances): Promise<Opened> {
  const { random, level, isClosed } = circumstances;
  const { meta: table } = store.tables;
  const before = metaIn(store.tables);
  const fileId = fileIdOf(join(directory, DATA_FILE));
  const boot = bootId();
  const isOther = before.isBackup || before.fileId !== fileId;
  const mayHaveLost = before.level === 'written' && !isClosed && before.bootId !== boot;
  const isNewGeneration = isOther || mayHaveLost;
  const meta: StoreMeta = {
    format: STORE_FORMAT,
    level,
    generation: isNewGeneration ? randomId(random, GENERATION_LENGTH) : before.generation,
    generationNo: before.generationNo + (isNewGeneration ? 1 : 0),
    bootId: boot,
    fileId,
    isBackup: false,
  };
  const owner = randomId(random, OWNER_LENGTH);
  const progress = progressIn(store.tables);
  await store.transaction(() => {
    table.put(META_KEY, metaRecord(meta));
    table.put(PROGRESS_KEY, progressRecord({ ...progress, owner }));
  });
  // From now on clients may be told the new epochs, and the level must not be forgotten by a machine that stops.
  await store.sync();
  return { meta, owner };
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
