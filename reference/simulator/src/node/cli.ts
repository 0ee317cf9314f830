/** `npm run sim`: runs simulated worlds and says which invariants held. */

import { writeFileSync } from 'node:fs';
import { onProcessEnd } from '@micro-socket/gateway/node';
import { MUTANTS, mutantNamed, UnknownMutantError } from '../mutants/index.ts';
import { UnknownFaultsError } from '../planned-world.ts';
import type { WorldResult } from '../run-world.ts';
import { FAULT_NAMES } from '../settings.ts';
import { FAULTS_ABOUT, HELP, parseCommand, type RunCommand, UsageError } from './cli-options.ts';
import { outputOf } from './outputs.ts';
import { planLines } from './report-text.ts';
import { runWorlds, worldsOf } from './run-worlds.ts';

/** What a shell says of a process that SIGTERM has ended. */
const EXIT_STOPPED = 143;

/** The history cannot be written; the message names the file and says why. */
class FileError extends Error {
  readonly code = 'FILE_UNWRITABLE';

  constructor(file: string, cause: Error) {
    super(`--history: ${file} cannot be written: ${cause.message}.`, { cause });
    this.name = 'FileError';
  }
}

async function main(): Promise<number> {
  // Whoever read the output is gone, so nobody is left to run for.
  process.stdout.on('error', () => process.exit(EXIT_STOPPED));
  const command = parseCommand(process.argv.slice(2));
  if (command.kind === 'run') return run(command);
  if (command.kind === 'help') process.stdout.write(HELP);
  else if (command.kind === 'mutants') listMutants(command.json);
  else listFaults(command.json, command.world);
  return 0;
}

async function run(command: RunCommand): Promise<number> {
  if (command.mutant !== undefined) mutantNamed(command.mutant);
  const stop = new AbortController();
  onProcessEnd(() => stop.abort());
  const output = outputOf(command);
  const ending = await runWorlds(command, output, stop.signal, (result) => write(result, command.historyFile ?? ''));
  output.end(ending);
  if (ending.isStopped && ending.summary.failed === 0) return EXIT_STOPPED;
  return ending.ok ? 0 : 1;
}

function write({ history }: WorldResult, file: string): void {
  const { events, isCut } = history ?? { events: [], isCut: false };
  if (isCut) console.error(`--history: only the first ${events.length} events are in ${file}.`);
  try {
    writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  } catch (error) {
    throw new FileError(file, error as Error);
  }
}

function listMutants(json: boolean): void {
  if (json) {
    console.log(JSON.stringify(MUTANTS.map(({ name, breaks, what }) => ({ name, breaks, what }))));
    return;
  }
  for (const { name, breaks, what } of MUTANTS) console.log(`${breaks.padEnd(9)}${name.padEnd(34)}${what}`);
}

function listFaults(json: boolean, world: RunCommand | undefined): void {
  if (world === undefined) {
    if (json) console.log(JSON.stringify(FAULT_NAMES.map((name) => ({ name, what: FAULTS_ABOUT[name] }))));
    else for (const name of FAULT_NAMES) console.log(`${name.padEnd(22)}${FAULTS_ABOUT[name]}`);
    return;
  }
  for (const { faults } of worldsOf(world)) console.log(json ? JSON.stringify(faults) : planLines(faults).join('\n'));
}

main().then(
  (code) => {
    // What was written before a pipe was full is still on its way.
    process.exitCode = code;
  },
  (error: Error) => {
    const isTold = error instanceof UsageError || error instanceof FileError;
    const isUsage = isTold || error instanceof UnknownMutantError || error instanceof UnknownFaultsError;
    console.error(isUsage ? error.message : error);
    process.exitCode = 2;
  },
);
