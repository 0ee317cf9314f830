/**
 * The mark of a store that was closed properly: a small file beside its data that says what the data file looked like.
 *
 * It is removed before anything is written again. So when it is there and still true, nobody has touched the data since,
 * and it need not be checked; after a crash, or when a file was exchanged or changed by anyone, it is missing or wrong.
 */

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export const CLOSED_FILE = 'closed.json';

/** Marks the store as closed, durably. Its data file must be closed and on the disk. */
export function markClosed(directory: string, dataFile: string): void {
  const path = join(directory, CLOSED_FILE);
  const unfinished = `${path}.new`;
  const file = openSync(unfinished, 'w');
  try {
    writeSync(file, JSON.stringify(looksOf(dataFile)));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
  syncDirectory(directory);
}

/** Whether nobody has touched the data file since the store was closed. */
export function isMarkedClosed(directory: string, dataFile: string): boolean {
  try {
    const marked: unknown = JSON.parse(readFileSync(join(directory, CLOSED_FILE), 'utf8'));
    return JSON.stringify(marked) === JSON.stringify(looksOf(dataFile));
  } catch {
    // No mark, or none that anybody can read.
    return false;
  }
}

export function removeClosedMark(directory: string): void {
  rmSync(join(directory, CLOSED_FILE), { force: true });
  syncDirectory(directory);
}

/** Which file it is: a copy is another one. */
export function fileIdOf(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev}:${ino}`;
}

/** Makes what was created, renamed or removed in a folder durable. Windows has no such thing and needs none. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const file = openSync(directory, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** All that changes when somebody changes a file or puts another one in its place. */
function looksOf(path: string): readonly string[] {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].map(String);
}
