/**
 * What a loss of power leaves of a store at the level `written`.
 *
 * At that level nothing waits for the disk, and the operating system writes pages back in whichever order it likes: after
 * a loss of power the newest state may lack pages, and then no state would be whole. So every second or so one state is
 * made to last: nothing may overwrite its pages, the disk is asked to take everything, and then the header that makes that
 * state valid is put into a file of its own. The state before it may be overwritten from then on, and not earlier.
 *
 * When a store that was not closed turns out to be damaged, that header is put back: what was stored after it is lost,
 * and nothing else.
 */

import { readFileSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileIdOf, syncDirectory } from './closed-mark.ts';
import { newestHeader } from './lmdb-file.ts';
import { DATA_FILE, type Store } from './store.ts';

export const CHECKPOINT_FILE = 'checkpoint.json';

/** How much time's messages a loss of power may cost, besides what the disk takes to write. */
const INTERVAL_MS = 1_000;

interface Checkpoint {
  /** Of which file it is. */
  readonly fileId: string;
  /** The header, as base64. */
  readonly header: string;
}

export class Checkpoints {
  readonly #directory: string;
  readonly #dataFile: string;
  #store: Store;
  /** When the last one was begun, in milliseconds since 1970. */
  #begunAt: number | undefined;
  #taking: Promise<void> | undefined;
  /** Lets the pages of the last one be overwritten. */
  #release: () => void = () => {};

  private constructor(directory: string, store: Store) {
    this.#directory = directory;
    this.#dataFile = join(directory, DATA_FILE);
    this.#store = store;
  }

  /** Of a store that was opened: before anything is written to it, what is there is made to last. */
  static async of(directory: string, store: Store): Promise<Checkpoints> {
    const checkpoints = new Checkpoints(directory, store);
    await checkpoints.#begin();
    return checkpoints;
  }

  /** Begins one if it is time. Between transactions only. */
  takeIfDue(now: number): void {
    this.#begunAt ??= now;
    if (this.#taking !== undefined || Math.abs(now - this.#begunAt) < INTERVAL_MS) return;
    this.#begunAt = now;
    this.#taking = this.#take().then(() => {
      this.#taking = undefined;
    });
  }

  /** Goes on with a store that was opened anew, before anything is written to it. */
  async moveTo(store: Store): Promise<void> {
    this.#store = store;
    await this.#begin();
  }

  /** In a store that was just opened nothing holds the pages of the last one: it is good only until something is written. */
  async #begin(): Promise<void> {
    if (!(await this.#take())) removeCheckpoint(this.#directory);
  }

  /** Lets go of the store, which can then be closed. */
  async end(): Promise<void> {
    await this.#taking;
    this.#release();
    this.#release = () => {};
  }

  /** Answers whether it could be taken. */
  async #take(): Promise<boolean> {
    const release = this.#store.hold();
    try {
      const header = newestHeader(this.#dataFile);
      const checkpoint: Checkpoint = { fileId: fileIdOf(this.#dataFile), header: header.toString('base64') };
      await this.#store.sync();
      await writeDurably(this.#directory, JSON.stringify(checkpoint));
      this.#release();
      this.#release = release;
      return true;
    } catch {
      // The one before stays good. If the disk takes nothing more, the next commit tells.
      release();
      return false;
    }
  }
}

/** The header of the last state that is known to be whole on the disk, of this very file. */
export function checkpointOf(directory: string): Buffer | undefined {
  try {
    const { fileId, header } = JSON.parse(readFileSync(join(directory, CHECKPOINT_FILE), 'utf8')) as Checkpoint;
    return fileId === fileIdOf(join(directory, DATA_FILE)) ? Buffer.from(header, 'base64') : undefined;
  } catch {
    return undefined;
  }
}

export function removeCheckpoint(directory: string): void {
  rmSync(join(directory, CHECKPOINT_FILE), { force: true });
  syncDirectory(directory);
}

async function writeDurably(directory: string, text: string): Promise<void> {
  const path = join(directory, CHECKPOINT_FILE);
  const unfinished = `${path}.new`;
  const file = await open(unfinished, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  syncDirectory(directory);
}
