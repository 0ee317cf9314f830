import { existsSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { copyStore } from './check.ts';
import { contentsOfFile, problemWith } from './data-file.ts';
import { DirectoryUnusableError, StoreDamagedError } from './errors.ts';
import { makeStore } from './make-store.ts';
import { lookAt } from './reading-store.ts';
import { META_KEY, metaOf, metaRecord, PROGRESS_KEY, progressOf, progressRecord } from './records.ts';
import { CommitFailed, DATA_FILE, type Store } from './store.ts';

export interface BackupReport {
  /** The real path of the folder that the backup is in. */
  readonly directory: string;
  readonly topics: number;
  readonly messages: number;
  readonly fileBytes: number;
}

/**
 * Copies a store into an empty or new folder, as it is at this moment, also while somebody has it open, whose data file
 * may grow while it lasts. The copy is smaller than the original where that has free room. It is marked as a backup: whoever
 * opens it gets new epochs.
 *
 * Every record is checked on its way, and the copy as a whole. Rejects with `StoreDamagedError` when anything is wrong:
 * then there is no copy.
 */
export async function backup(directory: string, target: string): Promise<BackupReport> {
  const folder = emptyFolder(target);
  const copy = join(folder, DATA_FILE);
  await lookAt(directory, ({ dataFile }) =>
    makeStore(folder, async (store) => {
      try {
        await copyStore(dataFile, store);
      } catch (error) {
        throw problemWith(dataFile, error instanceof CommitFailed ? error.cause : error);
      }
      await store.transaction(() => markBackup(store));
    }),
  );
  const { rows, problems } = await contentsOfFile(copy);
  if (problems[0] !== undefined) throw new StoreDamagedError(copy, problems[0].replace(/\.$/, ''));
  const messages = rows.reduce((sum, { length }) => sum + length, 0);
  return { directory: folder, topics: rows.length, messages, fileBytes: statSync(copy).size };
}

function markBackup({ tables: { meta }, transactionNo: transaction }: Store): void {
  const [before, progress] = [META_KEY, PROGRESS_KEY].map((key) => meta.get(key) ?? Buffer.alloc(0));
  meta.put(META_KEY, metaRecord({ ...metaOf(before as Buffer), isBackup: true }));
  meta.put(PROGRESS_KEY, progressRecord({ ...progressOf(progress as Buffer), transaction }));
}

function emptyFolder(directory: string): string {
  if (existsSync(directory) && !statSync(directory).isDirectory()) {
    throw new DirectoryUnusableError(directory, 'there is a file where the folder should be.');
  }
  mkdirSync(directory, { recursive: true });
  if (readdirSync(directory).length > 0) {
    throw new DirectoryUnusableError(directory, 'a backup needs an empty folder, and it is not empty.');
  }
  return realpathSync(directory);
}
