/** Where a program of this machine is. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where packages put programs that are not on everybody's path. */
const FOLDERS: readonly string[] = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin'];

/** The path of a program; `undefined` where there is none. The environment may name one with `variable`. */
export function findProgram(name: string, variable: string): string | undefined {
  const named = process.env[variable];
  if (named !== undefined) return isProgram(named) ? named : undefined;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
