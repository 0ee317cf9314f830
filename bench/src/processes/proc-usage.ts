/** What a process that is not Node has used, as Linux tells it. */

import { readdirSync, readFileSync } from 'node:fs';
import type { Usage } from './usage.ts';

/** On Linux, whatever the machine. */
const MICROS_PER_TICK = 10_000;
const PAGE_BYTES = 4_096;

/** All threads of a process; null where the system does not tell. */
export function usageOf(pid: number): Usage | null {
  try {
    // The name of the program stands in brackets and may hold anything; the fields are counted from its end.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const [userTicks = 0, systemTicks = 0, pages] = [fields[11], fields[12], fields[21]].map(Number);
    if (pages === undefined) return null;
    const micros = Math.max(threadMicrosOf(pid), (userTicks + systemTicks) * MICROS_PER_TICK);
    // Ticks tell the two modes apart; how long it was in all is known better.
    const systemMicros = micros * (systemTicks / Math.max(1, userTicks + systemTicks));
    return { userMicros: micros - systemMicros, systemMicros, rssBytes: pages * PAGE_BYTES };
  } catch {
    return null;
  }
}

/** How long the threads that there are have run, to the nanosecond; 0 where the system does not tell that. */
function threadMicrosOf(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const nanos = threads.map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
    );
    return nanos.reduce((sum, one) => sum + one, 0) / 1_000;
  } catch {
    return 0;
  }
}

/** A process and all that it has started, the first one first. */
export function familyOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(familyOf)];
}

/** All threads of a process and of all that it has started; null where the system does not tell of each. */
export function familyUsageOf(pid: number): Usage | null {
  const all = familyOf(pid).map(usageOf);
  return all.reduce((sum, usage) => (sum === null || usage === null ? null : added(sum, usage)));
}

function added(a: Usage, b: Usage): Usage {
  return {
    userMicros: a.userMicros + b.userMicros,
    systemMicros: a.systemMicros + b.systemMicros,
    rssBytes: a.rssBytes + b.rssBytes,
  };
}

function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'));
    return lists.flatMap((list) => list.split(' ').filter((part) => part !== '')).map(Number);
  } catch {
    return [];
  }
}
