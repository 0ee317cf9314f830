/** Writes the results of a finished run over the recorded ones. */

import { join, relative, sep } from 'node:path';
import type { RunKind } from '../../tools/runs/events.ts';
import { InvalidResultError, parseResult, type RecordedResult } from '../../tools/runs/result-schema.ts';
import { writeResult } from '../../tools/runs/write-result.ts';
import { Refusal } from './refusal.ts';

/** The folder that keeps the results of a kind. */
const FOLDER: Readonly<Record<RunKind, string>> = { e2e: 'e2e', bench: 'bench', verify: 'e2e' };

/** What the server itself received from a run that came to its end. */
export interface FinishedRun {
  readonly kind: RunKind;
  /** Names of the suites that the run was started for. */
  readonly names: readonly string[];
  readonly results: readonly unknown[];
}

/** Checks every result before the first is written, and returns the files, relative to `root`. */
export function saveResults(root: string, run: FinishedRun): string[] {
  const results = run.results.map((result) => checkedResult(result, run));
  if (results.length === 0) throw new Refusal('INVALID_RESULT', 'the run ended without a result');
  const folder = join(root, FOLDER[run.kind], 'results');
  return results.map((result) => relative(root, writeResult(folder, result)).replaceAll(sep, '/'));
}

function checkedResult(value: unknown, run: FinishedRun): RecordedResult {
  const result = parsed(value);
  // The name becomes a file name, so it has to be one that the server asked for, not only one that looks harmless.
  if (result.kind !== run.kind || !run.names.includes(result.name)) {
    throw new Refusal('INVALID_RESULT', `the run was not asked for ${result.kind}/${result.name}`, 'name');
  }
  return result;
}

function parsed(value: unknown): RecordedResult {
  try {
    return parseResult(value);
  } catch (error) {
    if (error instanceof InvalidResultError) throw new Refusal('INVALID_RESULT', error.message, error.field);
    throw error;
  }
}
