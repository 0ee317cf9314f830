/** What the list of tests shows: the suites that exist, and for each test the newest thing that is known of it. */

import type { SuiteInfo, TestInfo, TestOutcome } from '../../../tools/runs/events.ts';
import type { E2eResult } from '../../../tools/runs/result-schema.ts';
import type { Counts, RunState } from './run-state.ts';

export type TestState = 'passed' | 'failed' | 'skipped' | 'running' | 'waiting';

export interface TestView extends TestInfo {
  readonly state: TestState;
  readonly durationMs: number | undefined;
  readonly error: string | undefined;
}

export interface SuiteView extends Counts {
  readonly name: string;
  readonly title: string;
  readonly tests: readonly TestView[];
}

/** Recorded suites in the order of the catalog, then those that only one of the two knows. */
export function suiteViews(
  recorded: readonly E2eResult[],
  known: readonly SuiteInfo[],
  run: RunState,
): readonly SuiteView[] {
  const infos = mergedSuites(recorded, known.length > 0 ? known : run.suites);
  return infos.map((suite) => {
    const asked = run.phase !== 'idle' && (run.name === 'all' || run.name === suite.name);
    const recordedTests = recorded.find(({ name }) => name === suite.name)?.tests ?? [];
    const tests = suite.tests.map((test) => {
      const key = `${suite.name}/${test.id}`;
      // A run that includes the test makes its recorded outcome old news.
      const outcome = asked ? run.outcomes.get(key) : recordedTests.find(({ id }) => id === test.id);
      return testView(test, outcome, run.running.has(key));
    });
    const passed = tests.filter(({ state }) => state === 'passed').length;
    const failed = tests.filter(({ state }) => state === 'failed').length;
    return { name: suite.name, title: suite.title, tests, passed, failed };
  });
}

function mergedSuites(recorded: readonly E2eResult[], known: readonly SuiteInfo[]): SuiteInfo[] {
  const names = new Set(known.map(({ name }) => name));
  const old = recorded.filter(({ name }) => !names.has(name));
  old.sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
  return [...known, ...old.map(({ name, title, tests }) => ({ name, title: title ?? name, tests }))];
}

function testView(test: TestInfo, outcome: TestOutcome | undefined, running: boolean): TestView {
  const { id, title, proves } = test;
  const state = running ? 'running' : (outcome?.status ?? 'waiting');
  return { id, title, proves, state, durationMs: outcome?.durationMs, error: outcome?.error };
}
