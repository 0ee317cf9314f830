/** Asks the operating system whether processes are there. */

import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const ATTEMPTS = 1500;
const BETWEEN_ATTEMPTS_MS = 10;

/** True while the process can do something. One that ended and was not yet collected by its parent does not count. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat === undefined ? process.platform !== 'linux' : !/^\d+ \(.*\) [ZX] /s.test(stat);
}

const seen = new Set<number>();

/** Notes a process that a test caused to start, so that a test that fails leaves nothing behind. */
export function noteProcess(pid: number): void {
  seen.add(pid);
}

/** Ends what is left of the noted processes; after a test that passed, that is nothing. */
export async function endNotedProcesses(): Promise<void> {
  for (const pid of seen) if (await isAlive(pid)) process.kill(pid, 'SIGKILL');
  seen.clear();
}

/** Waits until the condition holds, and throws when it does not within the bound. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await condition()) return;
    await pause(BETWEEN_ATTEMPTS_MS);
  }
  throw new Error(`gave up waiting until ${what}`);
}

export async function untilGone(pids: readonly number[]): Promise<void> {
  for (const pid of pids) await until(`process ${pid} is gone`, async () => !(await isAlive(pid)));
}
