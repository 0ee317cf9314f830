/** Keeps servers and load generator on cores of their own, where the system can do that. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export type Pinning =
  | {
      readonly pinned: true;
      /** At least one. The processes of a server take them in turn, so on two cores they share one. */
      readonly serverCores: readonly number[];
      readonly loadCore: number;
    }
  | { readonly pinned: false; readonly why: string };

/** Chooses from the cores that this process may use; two threads of one physical core only when there is nothing better. */
export function choosePinning(): Pinning {
  if (process.platform !== 'linux') return { pinned: false, why: 'taskset is a Linux command' };
  const allowed = coresIn(/^Cpus_allowed_list:\s*(\S+)/m.exec(read('/proc/self/status'))?.[1] ?? '');
  const [first] = allowed;
  if (first === undefined || allowed.length < 2) return { pinned: false, why: 'there is only one core' };
  if (spawnSync('taskset', ['-c', String(first), 'true']).status !== 0) {
    return { pinned: false, why: 'taskset is not available' };
  }
  const siblings = coresIn(read(`/sys/devices/system/cpu/cpu${first}/topology/thread_siblings_list`));
  const others = allowed.filter((core) => core !== first);
  const loadCore = others.find((core) => !siblings.includes(core)) ?? (others[0] as number);
  return { pinned: true, serverCores: allowed.filter((core) => core !== loadCore), loadCore };
}

/** The core of a server's process; `place` counts the processes of one program from 0. Undefined means any. */
export function serverCoreOf(pinning: Pinning, place = 0): number | undefined {
  return pinning.pinned ? pinning.serverCores[place % pinning.serverCores.length] : undefined;
}

export function loadCoreOf(pinning: Pinning): number | undefined {
  return pinning.pinned ? pinning.loadCore : undefined;
}

/** How processes are kept apart, in words for a method. */
export function pinningText(pinning: Pinning): string {
  if (!pinning.pinned) return `Processes are not held to cores, because ${pinning.why}.`;
  const cores =
    pinning.serverCores.length === 1 ? 'share one core' : `take ${pinning.serverCores.length} cores in turn`;
  return `The load generator is held to a core of its own; the processes of the servers ${cores}.`;
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
