import type { CheckOutcome } from '../../src/verify/run.ts';

/** One line for each check that failed. */
export function failuresIn(checks: readonly CheckOutcome[]): string[] {
  return checks
    .filter(({ status }) => status === 'failed')
    .map(({ id, encoding, expected, came }) => `${id} (${encoding}): expected ${expected}; came ${came}`);
}
