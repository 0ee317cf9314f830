import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, type StepOutcome } from './command.ts';

/** Runs projects of vitest.config.ts, together, and counts their tests. A file that could not be loaded is a failure. */
export async function runVitest(...projects: readonly string[]): Promise<StepOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'micro-socket-test-'));
  const report = join(folder, 'report.json');
  try {
    const { code } = await runCommand([
      'node_modules/vitest/vitest.mjs',
      'run',
      ...projects.map((project) => `--project=${project}`),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ]);
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: numPassedTests, failed: Math.max(numFailedTests, code === 0 ? 0 : 1) };
  } catch (error) {
    console.error(`Vitest left no report: ${(error as Error).message}`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
