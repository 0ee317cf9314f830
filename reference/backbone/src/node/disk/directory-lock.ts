/**
 * The right to be the only owner of a folder, for as long as the process lives: a socket that nobody connects to.
 *
 * On Linux its name is in no file system, so nothing is left behind by a process that was killed. It is known to all that
 * share a network namespace; the store itself notices when a process of another one has opened it (`owner` in its
 * progress record). On Windows it is a named pipe, elsewhere a socket file in the folder for temporary files.
 */

import { createHash } from 'node:crypto';
import { lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryInUseError } from './errors.ts';

export class DirectoryLock {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `directory` must be its real path. Rejects with `DirectoryInUseError`. */
  static async take(directory: string): Promise<DirectoryLock> {
    const path = socketPathOf(directory);
    const lock = (await bound(path)) ?? ((await removeIfStale(path)) ? await bound(path) : undefined);
    if (lock === undefined) throw new DirectoryInUseError(directory);
    return new DirectoryLock(lock);
  }

  release(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

function socketPathOf(directory: string): string {
  const name = `micro-socket-${createHash('sha256').update(directory).digest('hex').slice(0, 32)}`;
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** `undefined` when the name is taken. */
function bound(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => {
      // It keeps nobody's process alive.
      server.unref();
      resolve(server);
    });
  });
}

/** Whether the name is free now. Only a socket file can have been left behind. */
async function removeIfStale(path: string): Promise<boolean> {
  if (process.platform === 'linux' || process.platform === 'win32') return false;
  const file = lstatSync(path, { throwIfNoEntry: false });
  if (file === undefined) return true;
  if (!file.isSocket() || (await isAnswered(path))) return false;
  unlinkSync(path);
  return true;
}

/** Only a refusal says that nobody is there. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
  });
}
