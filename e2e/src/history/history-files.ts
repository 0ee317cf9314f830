/** Writes histories to a folder: one file for each test and encoding, one event a line. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedHistory } from './recorder.ts';

export class HistoryFiles {
  readonly #folder: string;

  /** Makes the folder where it does not exist. Throws where that cannot be done. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
  }

  /** `name` becomes the file's, with `.ndjson`. Returns its path. */
  write(name: string, { events }: RecordedHistory): string {
    const file = join(this.#folder, `${name}.ndjson`);
    writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    return file;
  }
}
