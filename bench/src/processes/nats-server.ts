/** Where the NATS server of this machine is. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where packages put it that are not on everybody's path. */
const FOLDERS: readonly string[] = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin'];

/** Why there is no NATS server here, and what to do about that. */
export const NATS_MISSING =
  'There is no nats-server on this machine: install the package nats-server, or set NATS_SERVER to the path of one.';

/** The path of the server; `undefined` where there is none. */
export function findNatsServer(): string | undefined {
  const named = process.env['NATS_SERVER'];
  if (named !== undefined) return isProgram(named) ? named : undefined;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...FOLDERS];
  return folders.map((folder) => join(folder, 'nats-server')).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
