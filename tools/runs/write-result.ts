/** Writes a recorded result as `NAME.json`, whole or not at all. */

import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MutantsResult, parseMutants } from './mutants-schema.ts';
import { parseResult, type RecordedResult } from './result-schema.ts';

/** Checks the result, writes it, and returns the file's path. Throws `InvalidResultError` for one that pages could not show. */
export function writeResult(folder: string, result: RecordedResult): string {
  const checked = parseResult(result);
  return writeWhole(folder, checked.name, checked);
}

/** As `writeResult`, for a mutation table. */
export function writeMutants(folder: string, result: MutantsResult): string {
  const checked = parseMutants(result);
  return writeWhole(folder, checked.name, checked);
}

function writeWhole(folder: string, name: string, value: unknown): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return file;
}
