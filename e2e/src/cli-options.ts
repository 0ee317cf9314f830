import { parseArgs } from 'node:util';
import type { Suite } from './suite.ts';
import { SUITES } from './suites/index.ts';

export const HELP = `Usage: npm run e2e -- [SUITE…] [options]

Runs the end-to-end suites against real gateway processes over real sockets.

  SUITE      one or more of: ${SUITES.map(({ name }) => name).join(', ')} (default: all)
  --list     prints the suites and their tests, and runs nothing
  --json     prints one JSON document instead of text
  --events   prints what happens as it happens, one JSON object a line
  --record   writes the results to e2e/results, which the site shows
  --history DIR
             writes the history of each test to DIR, one event a line, for npm run check-history
  --help     this text
`;

/** The command line cannot be understood; the message says why and what to do. */
export class UsageError extends Error {
  readonly code = 'USAGE';
}

export interface E2eCommand {
  readonly suites: readonly Suite[];
  readonly mode: 'help' | 'list' | 'run';
  readonly output: 'text' | 'json' | 'events';
  readonly record: boolean;
  /** Where the recorded histories go; `undefined`: nowhere. They are judged in any case. */
  readonly historyFolder: string | undefined;
}

/** Reads the command line. Throws `UsageError`. */
export function parseCommand(words: readonly string[]): E2eCommand {
  const { values, positionals } = parsed(words);
  return {
    suites: positionals.length === 0 ? SUITES : positionals.map(suiteNamed),
    mode: values.help ? 'help' : values.list ? 'list' : 'run',
    output: values.events ? 'events' : values.json ? 'json' : 'text',
    record: values.record,
    historyFolder: values.history,
  };
}

function parsed(words: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const history = { type: 'string' } as const;
    const options = { list: flag, json: flag, events: flag, record: flag, history, help: flag };
    return parseArgs({ args: [...words], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError(`${(error as Error).message} Try --help.`);
  }
}

function suiteNamed(name: string): Suite {
  const suite = SUITES.find((candidate) => candidate.name === name);
  if (suite !== undefined) return suite;
  throw new UsageError(
    `There is no suite ${JSON.stringify(name)}. There are: ${SUITES.map((of) => of.name).join(', ')}.`,
  );
}
