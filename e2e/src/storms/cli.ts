/** `npm run storms`: storms over real processes, as many as one likes. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onProcessEnd } from '@micro-socket/gateway/node';
import { HistoryFiles } from '../history/history-files.ts';
import { findNatsServer, NATS_MISSING } from '../nats-process.ts';
import { faultList, HELP, parseCommand, type StormsCommand, UsageError } from './cli-options.ts';
import { reportText, roundText } from './report.ts';
import type { RoundOutcome } from './round.ts';
import { runStorm } from './storm.ts';

/** What a shell says of a process that SIGTERM has ended. */
const EXIT_STOPPED = 143;

async function main(): Promise<number> {
  const command = parseCommand(process.argv.slice(2));
  if (command.mode === 'help') process.stdout.write(HELP);
  else if (command.mode === 'list') console.log(faultList());
  else return run(command);
  return 0;
}

async function run(command: StormsCommand): Promise<number> {
  const { kind, seed, rounds, durability, faults, historyFolder } = command;
  if (kind === 'nats' && findNatsServer() === undefined) throw new UsageError(NATS_MISSING);
  const histories = new Histories(historyFolder);
  const stop = new AbortController();
  onProcessEnd(() => {
    stop.abort();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(EXIT_STOPPED));
  });
  console.log(`storm on ${kind}, seed ${seed}, ${rounds} rounds`);
  const onRound = (outcome: RoundOutcome) => {
    console.log(roundText(outcome, rounds));
    const file = histories.write(`${kind}-${seed}-${outcome.round}`, outcome);
    if (file !== undefined && outcome.problems.length > 0) console.log(`    its history: ${file}`);
  };
  const report = await runStorm({ kind, seed, rounds, durability, faults, onRound, signal: stop.signal });
  console.log(`\n${reportText(report)}`);
  return report.problems.length === 0 ? 0 : 1;
}

/** Where histories go: all of them where somebody asked for that, else those of rounds that have failed. */
class Histories {
  readonly #writesAll: boolean;
  #files: HistoryFiles | undefined;

  /** Throws `UsageError` for a folder that cannot be written. */
  constructor(folder: string | undefined) {
    this.#writesAll = folder !== undefined;
    try {
      if (folder !== undefined) this.#files = new HistoryFiles(folder);
    } catch (cause) {
      const problem = `Histories cannot be written to ${folder}: ${(cause as Error).message}. Name another folder.`;
      throw new UsageError(problem, { cause });
    }
  }

  write(name: string, { problems, history, isCut }: RoundOutcome): string | undefined {
    if (!this.#writesAll && problems.length === 0) return undefined;
    this.#files ??= new HistoryFiles(mkdtempSync(join(tmpdir(), 'micro-socket-storms-')));
    return this.#files.write(name, { events: history, isCut });
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error instanceof UsageError ? error.message : error);
    process.exitCode = 2;
  },
);
