/** `npm test`: runs every check there is, shows each as it goes, and ends with one line over all of them. */

import { parseArgs } from 'node:util';
import { installBrowser } from './test/browser.ts';
import type { StepOutcome } from './test/command.ts';
import { installNats } from './test/nats.ts';
import { STEPS } from './test/steps.ts';

const names = STEPS.map(({ name }) => name);

const HELP = `Usage: npm test [-- options]

Runs ${names.join(', ')}, in this order, and ends with the sum of all.

  --only A,B   runs only these
  --deep       the same tests with larger numbers; takes long
  --help       this text
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      deep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const wanted = values.only?.split(',') ?? names;
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`There is no step ${unknown}. There are: ${names.join(', ')}.`);
  if (values.deep) process.env['TEST_DEEP'] = '1';

  const steps = STEPS.filter(({ name }) => wanted.includes(name));
  const outcomes: (StepOutcome & { name: string; seconds: number })[] = [];
  for (const { name, needsBrowser, needsNats, run } of steps) {
    console.log(`\n── ${name} ──`);
    const startedAt = performance.now();
    if (needsBrowser) await installBrowser();
    if (needsNats) installNats();
    const outcome = await run();
    outcomes.push({ name, ...outcome, seconds: (performance.now() - startedAt) / 1_000 });
  }
  return report(outcomes);
}

function report(outcomes: readonly (StepOutcome & { name: string; seconds: number })[]): number {
  console.log('\n── all ──');
  for (const { name, passed, failed, seconds } of outcomes) {
    const mark = failed === 0 ? '✓' : '✗';
    console.log(`${mark} ${name.padEnd(8)} ${passed} passed, ${failed} failed, ${seconds.toFixed(1)} s`);
  }
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(2);
  },
);
