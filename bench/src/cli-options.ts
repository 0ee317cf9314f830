/** What the bench command understands. */

import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';
import { BENCHMARKS } from './catalog.ts';

export const HELP = `Usage: npm run bench -- NAME [options]
       npm run bench -- --list [--json]

Measures the reference gateway, or a part of it, beside other programs, in one run on one machine.

  --list     prints the benchmarks
  --quick    fewer cells and shorter measurements: for a look, not for a statement
  --json     prints the result as one JSON document, or the list as JSON
  --events   prints what happens as one JSON object a line
  --record   writes the result to bench/results/NAME.json too
  --help     this text

Exit code: 0 when every message was acknowledged or delivered intact and in order, 1 when something went wrong, 2 when
the command line cannot be understood, 143 when it was stopped. Ctrl+C or SIGTERM ends the run and all its processes.
`;

/** The command line cannot be understood; the message says why and what there is. */
export class UsageError extends Error {
  readonly code = 'USAGE';

  constructor(problem: string) {
    super(`${problem}\n\n${listText()}\nTry --help.`);
    this.name = 'UsageError';
  }
}

export type Output = 'table' | 'json' | 'events';

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'list'; readonly json: boolean }
  | {
      readonly kind: 'run';
      readonly benchmark: Benchmark;
      readonly quick: boolean;
      readonly record: boolean;
      readonly output: Output;
    };

/** Reads the command line. Throws `UsageError`. */
export function parseCommand(words: readonly string[]): Command {
  const { values, positionals } = parsed(words);
  const { help, list, quick, json, events, record } = values;
  if (help) return { kind: 'help' };
  if (list) return { kind: 'list', json };
  if (json && events) throw new UsageError('--json and --events exclude each other.');
  if (positionals.length !== 1) throw new UsageError('Give the name of one benchmark.');
  const [name] = positionals;
  const benchmark = BENCHMARKS.find(({ info }) => info.name === name);
  if (benchmark === undefined) throw new UsageError(`There is no benchmark named ${JSON.stringify(name)}.`);
  return { kind: 'run', benchmark, quick, record, output: json ? 'json' : events ? 'events' : 'table' };
}

/** The benchmarks, one a line. */
export function listText(): string {
  const lines = BENCHMARKS.map(({ info }) => `  ${info.name.padEnd(12)} ${info.title}\n`);
  return `Benchmarks:\n${lines.join('')}`;
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        list: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        events: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}.`);
  }
}
