/** How many connections a process may hold here. */

import { spawnSync } from 'node:child_process';

/** What a process needs beside its connections, with room to spare. */
const OTHER_FILES = 100;

/** Why no process can hold so many connections; undefined where one can. A child may open as many files as this process. */
export function tooManyConnections(connections: number): string | undefined {
  const { stdout } = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' });
  const filesMax = Number.parseInt(stdout ?? '', 10);
  const needed = connections + OTHER_FILES;
  // Nothing that is a number means that there is no limit, or that nobody tells.
  if (Number.isNaN(filesMax) || filesMax >= needed) return undefined;
  return `A process may open ${filesMax} files here: raise that with ulimit -n ${needed}.`;
}
