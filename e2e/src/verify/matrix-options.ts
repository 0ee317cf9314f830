/** What `npm run verify:matrix` understands. */

import { parseArgs } from 'node:util';
import { WAYS, type Way } from './ways.ts';

export const HELP = `Usage: npm run verify:matrix -- [WAY…] [options]

Starts the reference gateway and runs the conformance suite against it.

  WAY        a transport, with the memory backbone, or a backbone, over WebSocket: one or more of
             ${WAYS.join(', ')} (default: all)
  --list     prints the checks, and runs nothing
  --json     prints one JSON document instead of text
  --events   prints what happens as it happens, one JSON object a line
  --record   writes the result to e2e/results/verify.json, which the site shows
  --help     this text
`;

export interface MatrixCommand {
  readonly ways: readonly Way[];
  readonly mode: 'help' | 'list' | 'run';
  readonly output: 'text' | 'json' | 'events';
  readonly record: boolean;
}

/** Reads the command line. Throws an `Error` that says what is wrong with it. */
export function parseCommand(words: readonly string[]): MatrixCommand {
  const flag = { type: 'boolean', default: false } as const;
  const options = { list: flag, json: flag, events: flag, record: flag, help: flag };
  const { values, positionals } = parseArgs({ args: [...words], allowPositionals: true, options });
  return {
    ways: positionals.length === 0 ? WAYS : positionals.map(wayNamed),
    mode: values.help ? 'help' : values.list ? 'list' : 'run',
    output: values.events ? 'events' : values.json ? 'json' : 'text',
    record: values.record,
  };
}

function wayNamed(name: string): Way {
  const way = WAYS.find((candidate) => candidate === name);
  if (way !== undefined) return way;
  throw new Error(`There is no transport or backbone ${JSON.stringify(name)}. There are: ${WAYS.join(', ')}.`);
}
