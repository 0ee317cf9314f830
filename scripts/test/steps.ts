/** What `npm test` is made of. */

import { runCommand, type StepOutcome } from './command.ts';
import { runVitest } from './vitest.ts';

export interface Step {
  readonly name: string;
  readonly needsBrowser?: boolean;
  readonly needsNats?: boolean;
  readonly run: () => Promise<StepOutcome>;
}

const BIOME = 'node_modules/@biomejs/biome/bin/biome';
const TSC = 'node_modules/typescript/bin/tsc';
const VITEPRESS = 'node_modules/vitepress/bin/vitepress.js';

export const STEPS: readonly Step[] = [
  { name: 'format', run: () => check([BIOME, 'format', '.']) },
  { name: 'lint', run: () => check([BIOME, 'lint', '--error-on-warnings', '.']) },
  { name: 'types', run: () => check([TSC, '-p', '.']) },
  { name: 'unit', needsNats: true, run: () => runVitest('core', 'unit') },
  { name: 'build', run: () => check(['--import', 'tsx', VITEPRESS, 'build']) },
  { name: 'e2e', needsNats: true, run: () => runE2e() },
  { name: 'browser', needsBrowser: true, run: () => runVitest('browser') },
];

/** One check that passes or fails as a whole. */
async function check(words: readonly string[]): Promise<StepOutcome> {
  const { code } = await runCommand(words);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** The suites as a reader starts them; repeated in the deep run, because races show themselves by repetition. */
async function runE2e(): Promise<StepOutcome> {
  const rounds = process.env['TEST_DEEP'] === '1' ? 20 : 1;
  const sum = { passed: 0, failed: 0 };
  for (let round = 0; round < rounds; round++) {
    const { code, lastLine } = await runCommand(['--import', 'tsx', 'e2e/src/cli.ts']);
    const [, passed, failed] = /^(\d+) passed, (\d+) failed$/.exec(lastLine) ?? [];
    // A run that ended without its closing line has failed, whatever it had counted.
    sum.passed += Number(passed ?? 0);
    sum.failed += passed === undefined ? 1 : Math.max(Number(failed), code === 0 ? 0 : 1);
  }
  return sum;
}
