/** The Web Worker in which a world runs, so that the page stays smooth whatever the world does. */

import { applyMutant, MUTANTS } from '@micro-socket/simulator/mutants';
import { turn } from '@micro-socket/simulator/system';
import type { Command, Report } from './messages.ts';
import { SimRunner } from './sim-runner.ts';

interface WorkerScope {
  onmessage: ((event: MessageEvent<Command>) => void) | null;
  postMessage(report: Report): void;
}

const scope = globalThis as unknown as WorkerScope;

const runner = new SimRunner({
  now: () => performance.now(),
  rest,
  tell: (report) => scope.postMessage(report),
  turn,
  mutants: MUTANTS.map(({ name, breaks }) => ({ name, breaks })),
  applyMutant,
});

scope.onmessage = ({ data }) => runner.give(data);

void runner.work();

async function rest(ms: number, until: Promise<void>): Promise<void> {
  if (ms === Number.POSITIVE_INFINITY) return until;
  let handle: ReturnType<typeof setTimeout> | undefined;
  const elapsed = new Promise<void>((resolve) => {
    handle = setTimeout(resolve, ms);
  });
  await Promise.race([elapsed, until]);
  clearTimeout(handle);
}
