/** What `npm run storms` understands. */

import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { FAULT_NAMES, FAULTS_ABOUT, type FaultName } from './faults.ts';
import { faultsFor } from './plan.ts';
import { BACKBONE_KINDS, type BackboneKind } from './settings.ts';

export const HELP = `Usage: npm run storms -- [options]

Runs gateways, an engine or a NATS server as real processes, publishes and reads through them, and breaks processes and
links meanwhile. What was acknowledged must be there afterwards, once, unchanged and in its order; and the history of each
round is judged by the checkers for I1 to I7.

  --backbone KIND    what is behind the gateways (default engine):
                       memory   two gateways, and an engine that keeps nothing: what is lost must be told
                       disk     one gateway with a folder
                       engine   two gateways, and an engine with a folder
                       nats     two gateways, and a NATS server with JetStream
  --durability LEVEL disk (default) or written; for disk and engine
  --rounds N         how many rounds (default 10); each has 2 to 4 faults
  --seed S           a whole number that decides what is done in each round (default: another one each time). When
                     exactly a fault strikes is up to the processes, so the same seed need not end in the same way
  --fault NAME       only this fault; may be given more than once
  --list-faults      prints the faults, and runs nothing
  --history DIR      writes the history of each round to DIR, for npm run check-history (default: only of rounds that
                     have failed, to a new folder among the system's temporary files)
  --help             this text

Ends with 0 when everything held, with 1 when something was lost or broken, and with 2 when it could not run. Ctrl+C ends
it after the round under way; a second one ends it at once.
`;

/** The command line cannot be understood; the message says why and what to do. */
export class UsageError extends Error {
  readonly code = 'USAGE';
}

export interface StormsCommand {
  readonly mode: 'help' | 'list' | 'run';
  readonly kind: BackboneKind;
  readonly durability: 'disk' | 'written' | undefined;
  readonly rounds: number;
  readonly seed: number;
  readonly faults: readonly FaultName[] | undefined;
  readonly historyFolder: string | undefined;
}

const SEED_MAX = 2 ** 32 - 1;
const ROUNDS_MAX = 100_000;

/** Reads the command line. Throws `UsageError`. */
export function parseCommand(words: readonly string[]): StormsCommand {
  const values = parsed(words);
  const kind = kindOf(values.backbone);
  return {
    mode: values.help ? 'help' : values['list-faults'] ? 'list' : 'run',
    kind,
    durability: durabilityOf(values.durability, kind),
    rounds: values.rounds === undefined ? 10 : wholeOf('--rounds', values.rounds, 1, ROUNDS_MAX),
    seed: values.seed === undefined ? randomInt(SEED_MAX) : wholeOf('--seed', values.seed, 0, SEED_MAX),
    faults: values.fault?.map((name) => faultOf(name, kind)),
    historyFolder: values.history,
  };
}

/** The faults for people, one a line. */
export function faultList(): string {
  return FAULT_NAMES.map((name) => `${name.padEnd(22)}${FAULTS_ABOUT[name]}`).join('\n');
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        backbone: { type: 'string', default: 'engine' },
        durability: { type: 'string' },
        rounds: { type: 'string' },
        seed: { type: 'string' },
        fault: { type: 'string', multiple: true },
        'list-faults': { type: 'boolean', default: false },
        history: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}. Try --help.`);
  }
}

function kindOf(text: string): BackboneKind {
  const kind = BACKBONE_KINDS.find((one) => one === text);
  if (kind !== undefined) return kind;
  throw new UsageError(`--backbone is one of ${BACKBONE_KINDS.join(', ')}, not ${JSON.stringify(text)}.`);
}

function durabilityOf(text: string | undefined, kind: BackboneKind): 'disk' | 'written' | undefined {
  if (text === undefined) return undefined;
  if (kind !== 'disk' && kind !== 'engine') {
    throw new UsageError(`--durability is for --backbone disk and engine, not for ${kind}.`);
  }
  if (text === 'disk' || text === 'written') return text;
  throw new UsageError(`--durability is disk or written, not ${JSON.stringify(text)}.`);
}

function wholeOf(option: string, text: string, least: number, most: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not ${JSON.stringify(text)}.`);
}

function faultOf(text: string, kind: BackboneKind): FaultName {
  const known = FAULT_NAMES.find((name) => name === text);
  if (known === undefined) {
    throw new UsageError(`There is no fault ${JSON.stringify(text)}. --list-faults shows those that there are.`);
  }
  if (faultsFor(kind).includes(known)) return known;
  throw new UsageError(`${known} cannot happen with --backbone ${kind}: there is one gateway, and nothing behind it.`);
}
