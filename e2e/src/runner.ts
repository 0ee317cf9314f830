/** Runs suites, one test after the other, and says what happens as it happens. */

import { ENCODINGS } from '@micro-socket/protocol';
import type { RunEvent, SuiteInfo, TestOutcome } from '../../tools/runs/events.ts';
import { orHang } from './hang.ts';
import type { HistoryFiles } from './history/history-files.ts';
import { violationsIn, violationsText } from './history/judge.ts';
import { HistoryRecorder } from './history/recorder.ts';
import type { E2eTest, Suite } from './suite.ts';
import { SuiteGateway, World } from './world.ts';

export interface SuiteOutcome {
  readonly suite: Suite;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly tests: readonly TestOutcome[];
  /** Events of recorded histories that the checkers have judged. */
  readonly eventsJudged: number;
  /** Histories that were too long to be judged. */
  readonly historiesCut: number;
}

/** What lists and pages show of a suite. */
export function infoOf({ name, title, tests }: Suite): SuiteInfo {
  return { name, title, tests: tests.map(({ id, title: of, proves }) => ({ id, title: of, proves })) };
}

/** Runs the suites, one after the other, and writes the recorded histories to `files`, if it is there. */
export async function runSuites(
  suites: readonly Suite[],
  tell: (event: RunEvent) => void,
  files?: HistoryFiles,
): Promise<SuiteOutcome[]> {
  const total = suites.reduce((sum, { tests }) => sum + tests.length, 0);
  tell({ t: 'plan', kind: 'e2e', suites: suites.map(infoOf), total });
  const outcomes: SuiteOutcome[] = [];
  let done = 0;
  for (const suite of suites) {
    const startedAtMs = Date.now();
    const shared = new SuiteGateway();
    const tests: TestOutcome[] = [];
    const judged = { events: 0, cut: 0 };
    for (const test of suite.tests) {
      tell({ t: 'test-start', suite: suite.name, id: test.id });
      const outcome = await runTest(suite.name, test, { shared, judged, files });
      tests.push(outcome);
      done += 1;
      tell({ t: 'test-end', suite: suite.name, outcome });
      tell({ t: 'progress', done, total, label: suite.name });
    }
    await shared.end();
    const durationMs = Date.now() - startedAtMs;
    outcomes.push({ suite, startedAtMs, durationMs, tests, eventsJudged: judged.events, historiesCut: judged.cut });
  }
  return outcomes;
}

/** What the tests of a suite share. */
interface SuiteRun {
  readonly shared: SuiteGateway;
  readonly judged: { events: number; cut: number };
  readonly files: HistoryFiles | undefined;
}

async function runTest(suite: string, test: E2eTest, of: SuiteRun): Promise<TestOutcome> {
  const { id, title, proves, encodings = ENCODINGS, hangMs, run } = test;
  const reason = test.whySkipped?.();
  if (reason !== undefined) return { id, title, proves, status: 'skipped', durationMs: 0, error: reason };
  const startedAt = performance.now();
  let error: string | undefined;
  for (const encoding of encodings) {
    const history = new HistoryRecorder({ source: `${suite}/${id} ${encoding}` });
    const world = new World(encoding, of.shared, history);
    try {
      await orHang(run(world), 'what it waits for did not come', hangMs);
    } catch (failure) {
      error ??= `in ${encoding}: ${textOf(failure)}`;
    }
    const broken = judge(history, `${suite}.${id}.${encoding}`, of);
    if (broken !== undefined) error = [error, `in ${encoding}: ${broken}`].filter(Boolean).join('\n');
    keepOwnHistories(world, `${suite}.${id}`, of);
    // What only comes to light at the end of a test is a failure of that test, and the next ones go on.
    await world.end().catch((failure: unknown) => {
      error ??= `in ${encoding}: ${textOf(failure)}`;
    });
  }
  const durationMs = Math.round(performance.now() - startedAt);
  const outcome: TestOutcome = { id, title, proves, status: error === undefined ? 'passed' : 'failed', durationMs };
  return error === undefined ? outcome : { ...outcome, error };
}

/** What the checkers find in the history of a test; `undefined` when it holds, or cannot be judged. */
function judge(recorder: HistoryRecorder, name: string, { judged, files }: SuiteRun): string | undefined {
  const history = recorder.finish();
  if (history.events.length > 0) files?.write(name, history);
  if (history.isCut) {
    judged.cut += 1;
    return undefined;
  }
  judged.events += history.events.length;
  const violations = violationsIn(history);
  return violations.length === 0 ? undefined : violationsText(violations);
}

/** What a test has judged by itself is counted and written down, and not judged again. */
function keepOwnHistories({ ownHistories }: World, name: string, { judged, files }: SuiteRun): void {
  for (const history of ownHistories) {
    files?.write(`${name}.${history.name}`, history);
    if (history.isCut) judged.cut += 1;
    else judged.events += history.events.length;
  }
}

function textOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const place = failure.stack?.split('\n').find((line) => line.includes('/e2e/src/suites/'));
  const where = /e2e\/src\/suites\/[^)]*/.exec(place ?? '')?.[0];
  return where === undefined ? failure.message : `${failure.message}\n(${where})`;
}
