/** Keeps server and load generator on cores of their own, where the system can do that. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export type Pinning =
  | { readonly pinned: true; readonly serverCore: number; readonly loadCore: number }
  | { readonly pinned: false; readonly why: string };

/** Chooses two cores that this process may use; two threads of one physical core only when there is nothing better. */
export function choosePinning(): Pinning {
  if (process.platform !== 'linux') return { pinned: false, why: 'taskset is a Linux command' };
  const allowed = coresIn(/^Cpus_allowed_list:\s*(\S+)/m.exec(read('/proc/self/status'))?.[1] ?? '');
  const [serverCore] = allowed;
  if (serverCore === undefined || allowed.length < 2) return { pinned: false, why: 'there is only one core' };
  if (spawnSync('taskset', ['-c', String(serverCore), 'true']).status !== 0) {
    return { pinned: false, why: 'taskset is not available' };
  }
  const siblings = coresIn(read(`/sys/devices/system/cpu/cpu${serverCore}/topology/thread_siblings_list`));
  const others = allowed.filter((core) => core !== serverCore);
  const loadCore = others.find((core) => !siblings.includes(core)) ?? (others[0] as number);
  return { pinned: true, serverCore, loadCore };
}

/** The cores of a list such as `0-3,8`. */
export function coresIn(list: string): number[] {
  return list
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, place) => first + place);
    });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
