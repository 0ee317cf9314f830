/** The file of a Unix socket: who may open it, and what to do with one that was left behind. */

import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';

/** Only the user that the process runs as may connect. */
const SOCKET_FILE_MODE = 0o600;

/**
 * Closes a socket file that was just bound to everyone else. Before that the umask of the process counts; connecting
 * needs the right to write, which the usual one gives to nobody else either.
 */
export function restrict(path: string): void {
  chmodSync(path, SOCKET_FILE_MODE);
}

/**
 * Removes the socket file of a process that is gone. Answers false, and leaves it, when somebody listens there, or
 * when it is no socket at all.
 *
 * Weak spot: two processes that do this at the same path in the same moment may both find nobody there, and the later
 * one then takes the path from the other.
 */
export async function removeIfStale(path: string): Promise<boolean> {
  const file = lstatSync(path, { throwIfNoEntry: false });
  if (file === undefined) return true;
  if (!file.isSocket() || (await isAnswered(path))) return false;
  unlinkSync(path);
  return true;
}

/** Only a refusal says that nobody is there: a process that is too busy to answer refuses otherwise. */
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
