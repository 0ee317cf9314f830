/** `npm run e2e`: lists or runs the end-to-end suites. */

import { fileURLToPath } from 'node:url';
import { onProcessEnd } from '@micro-socket/gateway/node';
import type { RunEvent } from '../../tools/runs/events.ts';
import { writeResult } from '../../tools/runs/write-result.ts';
import { type E2eCommand, HELP, parseCommand, UsageError } from './cli-options.ts';
import { HistoryFiles } from './history/history-files.ts';
import { resultOf } from './result.ts';
import { infoOf, runSuites, type SuiteOutcome } from './runner.ts';

const resultsFolder = fileURLToPath(new URL('../results', import.meta.url));

async function main(): Promise<number> {
  const command = parseCommand(process.argv.slice(2));
  if (command.mode === 'help') process.stdout.write(HELP);
  else if (command.mode === 'list') list(command);
  else return run(command);
  return 0;
}

function list({ suites, output }: E2eCommand): void {
  if (output === 'json') {
    console.log(JSON.stringify(suites.map(infoOf)));
    return;
  }
  for (const { name, title, tests } of suites) {
    console.log(`${name}: ${title}`);
    for (const test of tests) console.log(`  ${test.id}: ${test.title} (${test.proves.join(', ')})`);
  }
}

async function run({ suites, output, record, historyFolder }: E2eCommand): Promise<number> {
  // Gateways are children of this process; a test under way is given up with them.
  onProcessEnd(() => process.exit(143));
  const tell = output === 'events' ? tellEvent : output === 'text' ? tellText : () => {};
  const startedAt = performance.now();
  const files = historyFolder === undefined ? undefined : filesIn(historyFolder);
  const outcomes = await runSuites(suites, tell, files);
  const results = outcomes.map(resultOf);
  if (record) for (const result of results) writeResult(resultsFolder, result);

  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  const durationMs = Math.round(performance.now() - startedAt);
  if (output === 'events') tellEvent({ t: 'end', ok: failed === 0, durationMs, results });
  else if (output === 'json') console.log(JSON.stringify(results));
  else console.log(`\n${judgedText(outcomes)}\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function filesIn(folder: string): HistoryFiles {
  try {
    return new HistoryFiles(folder);
  } catch (cause) {
    const problem = `Histories cannot be written to ${folder}: ${(cause as Error).message}. Name another folder.`;
    throw new UsageError(problem, { cause });
  }
}

/** How much of the run the checkers have seen. */
function judgedText(outcomes: readonly SuiteOutcome[]): string {
  const counts = outcomes.map(({ suite, eventsJudged, historiesCut }) => {
    const cut = historiesCut === 0 ? '' : ` (${historiesCut} cut, not judged)`;
    return `${suite.name} ${eventsJudged}${cut}`;
  });
  return `recorded events judged: ${counts.join(', ')}`;
}

function tellEvent(event: RunEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

const SIGNS = { passed: '✓', failed: '✗', skipped: '○' } as const;

let shown = '';

function tellText(event: RunEvent): void {
  if (event.t !== 'test-end') return;
  if (event.suite !== shown) console.log(`\n${event.suite}`);
  shown = event.suite;
  const { status, title, durationMs, error } = event.outcome;
  console.log(`  ${SIGNS[status]} ${title} (${durationMs} ms)`);
  if (error !== undefined) console.log(error.replaceAll(/^/gm, '      '));
}

// Ended by hand: after thousands of connections Node 20 has been seen to turn in circles in the clean-up that follows when
// nothing is left to do.
main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error instanceof UsageError ? error.message : error);
    process.exit(2);
  },
);
