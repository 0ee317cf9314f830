/**
 * Ports for programs that come back to the same one after they were ended.
 *
 * A port that the system picks may go to somebody else while its program is away: to any other program that asks for a
 * port, and to any outgoing connection. So these lie below those that a system picks from.
 */

import { once } from 'node:events';
import { createServer } from 'node:net';

const FIRST = 20_000;
const LAST = 32_000;
const ATTEMPTS_MAX = 100;

/** Ports that were given out by this process, which may not be in use yet. */
const given = new Set<number>();

/** A port of 127.0.0.1 that nobody uses. Rejects when none is found. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
    given.delete(port);
  }
  throw new Error(`No free port was found between ${FIRST} and ${LAST} in ${ATTEMPTS_MAX} attempts.`);
}

/** The port may be given out again. */
export function giveBack(port: number): void {
  given.delete(port);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
