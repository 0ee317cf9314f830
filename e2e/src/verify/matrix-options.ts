/** What `npm run verify:matrix` understands. */

import { parseArgs } from 'node:util';
import { TRANSPORTS, type Transport } from './gateway-under-test.ts';

export const HELP = `Usage: npm run verify:matrix -- [TRANSPORT…] [options]

Starts the reference gateway and runs the conformance suite against it.

  TRANSPORT  one or more of: ${TRANSPORTS.join(', ')} (default: all)
  --list     prints the checks, and runs nothing
  --json     prints one JSON document instead of text
  --events   prints what happens as it happens, one JSON object a line
  --record   writes the result to e2e/results/verify.json, which the site shows
  --help     this text
`;

export interface MatrixCommand {
  readonly transports: readonly Transport[];
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
    transports: positionals.length === 0 ? TRANSPORTS : positionals.map(transportNamed),
    mode: values.help ? 'help' : values.list ? 'list' : 'run',
    output: values.events ? 'events' : values.json ? 'json' : 'text',
    record: values.record,
  };
}

function transportNamed(name: string): Transport {
  const transport = TRANSPORTS.find((candidate) => candidate === name);
  if (transport !== undefined) return transport;
  throw new Error(`There is no transport ${JSON.stringify(name)}. There are: ${TRANSPORTS.join(', ')}.`);
}
