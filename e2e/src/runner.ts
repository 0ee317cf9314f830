/** Runs suites, one test after the other, and says what happens as it happens. */

import { ENCODINGS } from '@micro-socket/protocol';
import type { RunEvent, SuiteInfo, TestOutcome } from '../../tools/runs/events.ts';
import type { E2eTest, Suite } from './suite.ts';
import { SuiteGateway, World } from './world.ts';

/**
 * A test that has not ended by then hangs. It is no speed limit: machines differ, so it is far beyond what the slowest
 * of them needs.
 */
const HANG_MS = Number(process.env['E2E_HANG_MS'] ?? 600_000);

export interface SuiteOutcome {
  readonly suite: Suite;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly tests: readonly TestOutcome[];
}

/** What lists and pages show of a suite. */
export function infoOf({ name, title, tests }: Suite): SuiteInfo {
  return { name, title, tests: tests.map(({ id, title: of, proves }) => ({ id, title: of, proves })) };
}

/** Runs the suites, one after the other. */
export async function runSuites(suites: readonly Suite[], tell: (event: RunEvent) => void): Promise<SuiteOutcome[]> {
  const total = suites.reduce((sum, { tests }) => sum + tests.length, 0);
  tell({ t: 'plan', kind: 'e2e', suites: suites.map(infoOf), total });
  const outcomes: SuiteOutcome[] = [];
  let done = 0;
  for (const suite of suites) {
    const startedAtMs = Date.now();
    const shared = new SuiteGateway();
    const tests: TestOutcome[] = [];
    for (const test of suite.tests) {
      tell({ t: 'test-start', suite: suite.name, id: test.id });
      const outcome = await runTest(test, shared);
      tests.push(outcome);
      done += 1;
      tell({ t: 'test-end', suite: suite.name, outcome });
      tell({ t: 'progress', done, total, label: suite.name });
    }
    await shared.end();
    outcomes.push({ suite, startedAtMs, durationMs: Date.now() - startedAtMs, tests });
  }
  return outcomes;
}

async function runTest({ id, title, proves, encodings = ENCODINGS, run }: E2eTest, shared: SuiteGateway) {
  const startedAt = performance.now();
  let error: string | undefined;
  for (const encoding of encodings) {
    const world = new World(encoding, shared);
    try {
      await orHang(run(world));
    } catch (failure) {
      error ??= `in ${encoding}: ${textOf(failure)}`;
    }
    // What only comes to light at the end of a test is a failure of that test, and the next ones go on.
    await world.end().catch((failure: unknown) => {
      error ??= `in ${encoding}: ${textOf(failure)}`;
    });
  }
  const durationMs = Math.round(performance.now() - startedAt);
  const outcome: TestOutcome = { id, title, proves, status: error === undefined ? 'passed' : 'failed', durationMs };
  return error === undefined ? outcome : { ...outcome, error };
}

async function orHang(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('It hangs: what it waits for did not come.')), HANG_MS);
  });
  try {
    await Promise.race([work, hang]);
  } finally {
    clearTimeout(timer);
  }
}

function textOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const place = failure.stack?.split('\n').find((line) => line.includes('/e2e/src/suites/'));
  const where = /e2e\/src\/suites\/[^)]*/.exec(place ?? '')?.[0];
  return where === undefined ? failure.message : `${failure.message}\n(${where})`;
}
