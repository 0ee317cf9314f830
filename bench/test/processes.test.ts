import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { FAN_OUT_PROGRAMS } from '../src/programs/program.ts';
import { endGroup, groupIsGone, groupMembers, startBench, TINY } from './command.ts';

const external = FAN_OUT_PROGRAMS.filter(({ name }) => ['nchan', 'mosquitto', 'nats'].includes(name));

/** A run that nobody waits for, as soon as it measures. */
async function endlessRun(changes = {}): Promise<{ child: ChildProcess; group: number; output: () => string }> {
  const child = startBench(['fan-out', '--events'], { ...TINY, repetitions: 1_000_000, ...changes });
  const group = child.pid as number;
  onTestFinished(() => endGroup(group));
  const stdout = child.stdout as Readable;
  let output = '';
  await new Promise<void>((resolve, reject) => {
    stdout.on('data', (chunk: Buffer) => {
      output += chunk;
      if (output.includes('"progress"')) resolve();
    });
    child.once('exit', () => reject(new Error(`the run ended: ${output}`)));
  });
  return { child, group, output: () => output };
}

test.for(['SIGTERM', 'SIGINT'] as const)('%s ends the run and every process of it', async (signal) => {
  const { child, group, output } = await endlessRun();
  // The command, and server and load generator of both programs.
  expect(groupMembers(group).length).toBeGreaterThanOrEqual(5);

  child.kill(signal);
  const [code] = await once(child, 'close');
  expect(code).toBe(143);
  expect(output().trimEnd().split('\n').at(-1)).toMatch(/^\{"t":"end","ok":false,/);
  await groupIsGone(group);
});

test('processes whose command was killed end by themselves', async () => {
  const { child, group } = await endlessRun();
  child.kill('SIGKILL');
  await groupIsGone(group);
});

test.for(external)('a $name that was started for a run ends with it, workers and all', async (program, { skip }) => {
  const why = program.missing?.();
  if (why !== undefined) skip(why);
  const programs = [program.name];
  const killed = await endlessRun({ programs });
  killed.child.kill('SIGKILL');
  await groupIsGone(killed.group);

  const stopped = await endlessRun({ programs });
  stopped.child.kill('SIGTERM');
  await groupIsGone(stopped.group);
});

test('a run whose reader has gone ends', async () => {
  const { child, group } = await endlessRun();
  child.stdout?.destroy();
  await once(child, 'exit');
  await groupIsGone(group);
});
