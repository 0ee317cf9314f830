/** `npm run sim:mutants`: breaks each rule of the core on purpose, and shows which invariant finds it. */

import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MUTANTS, mutantNamed, UnknownMutantError } from '@micro-socket/simulator/mutants';
import {
  type MutantRow,
  mutantTable,
  rowText,
  tableText,
  tableWorlds,
  WORLDS_MAX,
} from '@micro-socket/simulator/mutation-table';
import { turn, uncaught } from '@micro-socket/simulator/system';
import type { MutantsResult } from '../tools/runs/mutants-schema.ts';
import { provenanceOf } from '../tools/runs/provenance.ts';
import { writeMutants } from '../tools/runs/write-result.ts';

const HELP = `Usage: npm run sim:mutants [-- options]

Applies one mutant after another, in worlds with the seeds 1, 2, 3 … of the profiles rough and hostile in turn, until
the invariant that the mutant breaks is found broken.

  --mutant NAME  only this one
  --worlds N     how many worlds a mutant is given at most; ${WORLDS_MAX} by default
  --list         prints the mutants
  --json         prints the table as one JSON document
  --record       writes the table to reference/simulator/results/mutants.json too
  --help         this text

Exit code: 0 when every mutant was caught by its invariant, 1 when one survived, 2 when the command line cannot be
understood.
`;

/** Where the recorded table is kept, for the pages. */
const RESULTS = fileURLToPath(new URL('../reference/simulator/results', import.meta.url));

const METHOD =
  'Each mutant is applied in one simulated world after another, with the seeds 1, 2, 3 and so on, the profiles rough and hostile in turn, until the invariant that it breaks is among those that the checkers report. What is reported for the same world without the mutant does not count.';

class UsageError extends Error {
  readonly code = 'USAGE';
}

async function main(): Promise<number> {
  const options = parsed(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.list) {
    for (const { name, breaks, what } of MUTANTS) console.log(`${name.padEnd(26)} ${breaks.padEnd(9)} ${what}`);
    return 0;
  }
  const worldsMax = worldsOf(options.worlds);
  const mutants = options.mutant === undefined ? MUTANTS : [mutantNamed(options.mutant)];
  if (options.record && mutants !== MUTANTS) throw new UsageError('Only the whole table can be recorded.');
  const startedAtMs = Date.now();
  const rows = await mutantTable({
    turn,
    uncaught,
    mutants,
    worlds: tableWorlds(worldsMax),
    onRow: (row) => {
      if (!options.json) console.log(rowText(row));
    },
  });
  if (options.json) console.log(JSON.stringify(rows, null, 2));
  else console.log(`\n${tableText(rows)}`);
  if (options.record) record(rows, worldsMax, startedAtMs);
  return rows.every(({ caught }) => caught !== undefined) ? 0 : 1;
}

function record(rows: readonly MutantRow[], worldsMax: number, startedAtMs: number): void {
  const bound = worldsMax === WORLDS_MAX ? '' : ` -- --worlds ${worldsMax}`;
  const result: MutantsResult = {
    schema: 1,
    kind: 'mutants',
    name: 'mutants',
    method: METHOD,
    methodKey: 'mutants',
    provenance: provenanceOf(`npm run sim:mutants${bound}`, startedAtMs, Date.now() - startedAtMs),
    worldsMax,
    rows: rows.map((row) => ({ ...row, invariants: [...row.invariants] })),
  };
  console.error(`recorded in ${relative('', writeMutants(RESULTS, result))}`);
}

function worldsOf(text: string | undefined): number {
  if (text === undefined) return WORLDS_MAX;
  const worlds = Number(text);
  if (Number.isInteger(worlds) && worlds >= 1 && worlds <= 100_000) return worlds;
  throw new UsageError(`--worlds is a whole number from 1 to 100000, not ${JSON.stringify(text)}.`);
}

function parsed(words: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        mutant: { type: 'string' },
        worlds: { type: 'string' },
        list: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}.`);
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    const isUsage = error instanceof UsageError || error instanceof UnknownMutantError;
    process.stderr.write(`${isUsage ? `${error.message}\nTry --help.` : (error.stack ?? error.message)}\n`);
    process.exitCode = isUsage ? 2 : 1;
  },
);
