/** What `npm run check-history` understands. */

import { parseArgs } from 'node:util';

export const HELP = `Usage: npm run check-history -- FILE [options]

Reads what happened in a run, one event a line as JSON, and tells which invariants held.

  FILE    the history, such as run.ndjson; - reads the standard input
  --json  prints one JSON document instead of text
  --help  this text

Exit code 0: all that could be judged holds. 1: an invariant does not hold. 2: the history cannot be read.
`;

/** The command line cannot be understood; the message says why and what to do. */
export class UsageError extends Error {
  readonly code = 'USAGE';

  constructor(problem: string) {
    super(`${problem} Try --help.`);
    this.name = 'UsageError';
  }
}

export interface CheckHistoryCommand {
  readonly help: boolean;
  readonly output: 'text' | 'json';
  /** `-`: the standard input. */
  readonly file: string;
}

/** Reads the command line. Throws `UsageError`. */
export function parseCommand(words: readonly string[]): CheckHistoryCommand {
  const { values, positionals } = parsed(words);
  const [file = '', ...more] = positionals;
  if (!values.help && (file === '' || more.length > 0)) throw new UsageError('Name one file with a history.');
  return { help: values.help, output: values.json ? 'json' : 'text', file };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}.`);
  }
}
