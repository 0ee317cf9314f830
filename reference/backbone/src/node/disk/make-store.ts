/** Makes the data file of a new store: it is there when it is finished, and not before. */

import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { syncDirectory } from './closed-mark.ts';
import { DATA_FILE, Store } from './store.ts';

/** Where it is made. What is left of one that was never finished is removed by the next. */
const UNFINISHED = 'unfinished';

/** `fill` puts in what it begins with. The disk has it when this resolves. */
export async function makeStore(directory: string, fill: (store: Store) => Promise<void>): Promise<void> {
  const unfinished = join(directory, UNFINISHED);
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished);
  try {
    const store = new Store({ directory: unfinished, waitsForDisk: false });
    try {
      await fill(store);
      await store.sync();
    } finally {
      await store.close();
    }
    renameSync(join(unfinished, DATA_FILE), join(directory, DATA_FILE));
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  syncDirectory(directory);
}
