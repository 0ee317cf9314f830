/** A real NATS server with JetStream in a process of its own. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Program } from './program.ts';

/** Where packages put it that are not on everybody's path. */
const FOLDERS: readonly string[] = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin'];

/** Why there is no NATS server here, and what to do about that. */
export const NATS_MISSING =
  'There is no nats-server on this machine: install the package nats-server, or set NATS_SERVER to the path of one.';

export interface NatsOptions {
  readonly port: number;
  /** Where it keeps its messages. */
  readonly folder: string;
}

/** The path of the server; `undefined` where there is none. */
export function findNatsServer(): string | undefined {
  const named = process.env['NATS_SERVER'];
  if (named !== undefined) return isProgram(named) ? named : undefined;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...FOLDERS];
  return folders.map((folder) => join(folder, 'nats-server')).find(isProgram);
}

/** Starts a server on a port of this machine and resolves when it takes connections. */
export async function startNats({ port, folder }: NatsOptions): Promise<Program> {
  const command = findNatsServer();
  if (command === undefined) throw new Error(NATS_MISSING);
  const { program } = await Program.start({
    name: 'the NATS server',
    command,
    words: ['--addr', '127.0.0.1', '--port', `${port}`, '--jetstream', '--store_dir', folder],
    ready: /Server is ready/,
  });
  return program;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
