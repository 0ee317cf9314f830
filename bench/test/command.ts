/** Starts the bench command as a user does, in a process group of its own. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PLAN_VARIABLE } from '../src/plan.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The shortest run that measures something. */
export const TINY = {
  subscribers: [2],
  messagesPerTurn: [3],
  programs: ['micro-socket', 'ws-send-loop'],
  others: { payloadBytes: [], subscribers: [] },
  repetitions: 2,
  repetitionMs: 0,
  repetitionMessagesMax: 3,
  warmUpMs: 0,
};

export function startBench(words: readonly string[], plan: object | string = TINY): ChildProcess {
  const changes = typeof plan === 'string' ? plan : JSON.stringify(plan);
  return spawn(process.execPath, ['--import', 'tsx', 'bench/src/cli.ts', ...words], {
    cwd: ROOT,
    env: { ...process.env, [PLAN_VARIABLE]: changes },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function bench(words: readonly string[], plan?: object | string): Promise<Ended> {
  const child = startBench(words, plan);
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code: code as number | null, stdout, stderr };
}

/** The processes of a group that can still do something. */
export function groupMembers(group: number): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, pgid, state = '']) => Number(pgid) === group && !state.startsWith('Z'))
    .map(([pid]) => Number(pid));
}

/** Resolves when the whole group is gone; a test's own time limit bounds it. */
export async function groupIsGone(group: number): Promise<void> {
  while (groupMembers(group).length > 0) await pause(20);
}

/** Leaves nothing behind when a test has failed. */
export function endGroup(group: number): void {
  for (const pid of groupMembers(group)) process.kill(pid, 'SIGKILL');
}
