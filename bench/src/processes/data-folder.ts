/**
 * Where the stores of a run have their files: below `node_modules/.cache`, on the disk that the checkout is on. A folder
 * for temporary files is often kept in memory, and waiting for such a disk is no waiting.
 */

import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/micro-socket-bench', import.meta.url));

/** The numbers by which Linux knows the file systems that are seen most. */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  16914836: 'tmpfs',
  2035054128: 'overlayfs',
  801189825: 'zfs',
};

export class DataFolder {
  /** The kind of file system, or its number where nobody here knows its name. */
  readonly fileSystem: string;
  readonly #path: string;

  constructor() {
    mkdirSync(CACHE, { recursive: true });
    removeForgotten();
    this.#path = mkdtempSync(join(CACHE, `${process.pid}-`));
    const { type } = statfsSync(this.#path);
    this.fileSystem = FILE_SYSTEMS[type] ?? String(type);
  }

  /** A new, empty folder. */
  make(name: string): string {
    return mkdtempSync(join(this.#path, `${name}-`));
  }

  /** Removes everything that was made. */
  remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}

/** A run that was killed could not remove its folder; its name begins with the process that made it. */
function removeForgotten(): void {
  for (const name of readdirSync(CACHE)) {
    if (!isRunning(Number.parseInt(name, 10))) rmSync(join(CACHE, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is running, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
