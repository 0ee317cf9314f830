/** A run of the matrix as the events that terminals, tests and pages read: each column is a suite. */

import { ENCODINGS } from '@micro-socket/protocol';
import type { RunEvent, SuiteInfo, TestInfo, TestOutcome } from '../../../tools/runs/events.ts';
import type { Check } from './check.ts';
import { CHECKS } from './checks/index.ts';
import type { CheckOutcome } from './run.ts';
import type { Way } from './ways.ts';

/** The checks as one list: what a page offers to run. */
export const CONFORMANCE: SuiteInfo = { name: 'verify', title: 'Conformance', tests: CHECKS.map(infoOf) };

/** What a run over these ways is going to do. */
export function planOf(ways: readonly Way[]): Extract<RunEvent, { t: 'plan' }> {
  const suites = ways.flatMap((way) =>
    ENCODINGS.map((encoding) => ({
      name: `${way}-${encoding}`,
      title: `${way}, ${encoding}`,
      tests: CHECKS.filter(({ encodings }) => encodings?.includes(encoding) ?? true).map(infoOf),
    })),
  );
  const total = suites.reduce((sum, { tests }) => sum + tests.length, 0);
  return { t: 'plan', kind: 'verify', suites, total };
}

/** How a check ended, as any test ends. */
export function endOf(way: Way, outcome: CheckOutcome): Extract<RunEvent, { t: 'test-end' }> {
  const { id, title, proves, status, durationMs, expected, came, reason } = outcome;
  const error = expected === undefined ? reason : `expected: ${expected}\ncame: ${came ?? ''}`;
  const ended: TestOutcome = { id, title, proves, status, durationMs };
  return {
    t: 'test-end',
    suite: `${way}-${outcome.encoding}`,
    outcome: error === undefined ? ended : { ...ended, error },
  };
}

function infoOf({ id, title, proves }: Check): TestInfo {
  return { id, title, proves: [...proves] };
}
