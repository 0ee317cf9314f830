/**
 * A look at a store that somebody else may have open, in this process or another: while it lasts, what was stored at its
 * beginning is not overwritten.
 *
 * LMDB overwrites no page that a reader may still need, so it is enough to be a reader; the pages are then read from the
 * file. LMDB itself is asked for nothing else, because it would trust a file that may be damaged.
 */

import { existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { metaOfFile } from './data-file.ts';
import { DirectoryLock } from './directory-lock.ts';
import { DirectoryInUseError, DirectoryUnusableError, StoreDamagedError } from './errors.ts';
import { DATA_FILE, LOCK_FILE } from './store.ts';

export interface StoreLook {
  /** The real path of the folder. */
  readonly directory: string;
  readonly dataFile: string;
  /** Whether somebody has it open. */
  readonly isInUse: boolean;
}

/** Runs `look` while the store keeps still. Rejects with `DirectoryUnusableError`, `StoreDamagedError`, or as `look` does. */
export async function lookAt<Result>(directory: string, look: (store: StoreLook) => Promise<Result>): Promise<Result> {
  const path = folderOf(directory);
  const dataFile = join(path, DATA_FILE);
  if (!existsSync(dataFile)) {
    throw existsSync(join(path, LOCK_FILE))
      ? new StoreDamagedError(dataFile, `it is missing, although ${LOCK_FILE} is there`)
      : new DirectoryUnusableError(directory, 'it holds no store.');
  }
  const lock = await lockUnlessInUse(path);
  try {
    // Where LMDB has never been there is nobody. Before it may map the file, the file has to look like one of its own.
    metaOfFile(dataFile);
    const stop = existsSync(join(path, LOCK_FILE)) ? keepStill(path) : () => Promise.resolve();
    try {
      return await look({ directory: path, dataFile, isInUse: lock === undefined });
    } finally {
      await stop();
    }
  } finally {
    await lock?.release();
  }
}

function folderOf(directory: string): string {
  const folder = statSync(directory, { throwIfNoEntry: false });
  if (folder === undefined) throw new DirectoryUnusableError(directory, 'there is no such folder.');
  if (!folder.isDirectory()) throw new DirectoryUnusableError(directory, 'there is a file where the folder should be.');
  return realpathSync(directory);
}

async function lockUnlessInUse(directory: string): Promise<DirectoryLock | undefined> {
  try {
    return await DirectoryLock.take(directory);
  } catch (error) {
    if (error instanceof DirectoryInUseError) return undefined;
    throw error;
  }
}

/** Becomes a reader, and gives what ends that. */
function keepStill(directory: string): () => Promise<void> {
  const root = open<Buffer, Buffer>({
    path: directory,
    noSubdir: false,
    readOnly: true,
    encoding: 'binary',
    keyEncoding: 'binary',
  });
  const transaction = root.useReadTransaction();
  return async () => {
    transaction.done();
    await root.close();
  };
}
