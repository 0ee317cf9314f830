/** The data file of a store as its operator has to do with it: what is wrong with it, and what to do about that. */

import { endianness } from 'node:os';
import { checkStore, ForeignStore, readMeta, type StoreContents } from './check.ts';
import { DirectoryUnusableError, StoreDamagedError } from './errors.ts';
import { FileFault } from './lmdb-file.ts';
import type { StoreMeta } from './records.ts';

/** Whether LMDB lays out its file here as `lmdb-file` reads it. Elsewhere a store is opened unchecked. */
export const CAN_BE_CHECKED = endianness() === 'LE' && !['arm', 'ia32', 'mips', 'mipsel'].includes(process.arch);

/** What a store says of itself. Throws `StoreDamagedError` or `DirectoryUnusableError`. */
export function metaOfFile(path: string): StoreMeta {
  try {
    return readMeta(path);
  } catch (error) {
    throw problemWith(path, error);
  }
}

/** Reads a whole store, or as it was when `header` was the newest. Rejects with `StoreDamagedError` or `DirectoryUnusableError`. */
export async function contentsOfFile(path: string, header?: Buffer): Promise<StoreContents> {
  try {
    return await checkStore(path, header);
  } catch (error) {
    throw problemWith(path, error);
  }
}

/** What an error in reading a data file means for its operator. */
export function problemWith(path: string, error: unknown): unknown {
  if (error instanceof FileFault) return new StoreDamagedError(path, error.message, undefined, { cause: error });
  if (error instanceof ForeignStore) {
    const advice = 'Open it with the program that made it, or choose an empty folder.';
    return new StoreDamagedError(path, error.message, advice, { cause: error });
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const problem = code === 'EACCES' || code === 'EPERM' ? 'this user may not read it.' : `${message}.`;
  return new DirectoryUnusableError(path, problem, { cause: error });
}
