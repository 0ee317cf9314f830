/** What `npm run sim` understands. */

import { parseArgs } from 'node:util';
import { FaultTextError, parseFault, type UnnumberedFault } from '../fault-text.ts';
import { type FaultName, PROFILE_NAMES, type ProfileName, type Settings } from '../settings.ts';
import { WORLD_OPTIONS } from '../world-options.ts';

const RUNS = 100;
const SEED_MAX = 0xffff_ffff;
const RUNS_MAX = 1_000_000;

const worldHelp = WORLD_OPTIONS.map(({ name, unit, about, least, most }) =>
  `  --${name} ${unit}`.padEnd(25).concat(`${about} (${least} to ${most})`),
).join('\n');

export const HELP = `Usage: npm run sim -- [options]

Runs the real client, gateway and backbone in simulated worlds: one process, one seed a world, virtual time, a faulty
network. Everything that happens is checked against I1 to I7 and liveness. A world that breaks a rule is made smaller,
and shown with the command that repeats it.

  --seed N               the first seed, 0 to ${SEED_MAX} (default 1)
  --runs N               how many seeds, one after the other (default ${RUNS}; 1 where --seed is given)
  --profile NAME         ${PROFILE_NAMES.join(', ')}; default: each seed in all of them
  --mutant NAME          breaks a rule of the core on purpose, and ends when that was found
  --no-shrink            shows failing worlds as they are
  --history FILE         writes what happened, one event a line, for npm run check-history; of one world only
  --json                 prints events as JSON, one a line, in place of text
  --mutants              prints the mutants, and runs nothing
  --faults               prints the kinds of faults, or with --seed and --profile the planned faults of that world,
                         and runs nothing
  --help                 this text

A world is drawn from its seed and profile. These replace what was drawn; PERMILLE is of 1,000 packets:

${worldHelp}

Faults are planned from the seed, too:

  --only IDS             of one world: only these, by their ids in the plan of the world as its seed draws it, whatever
                         else is replaced; such as 3,7, or none
  --fault FAULT          one more, such as partition@12345+3000,client-1,gateway-1 for a fault at 12,345 ms that lasts
                         3,000 ms; may be given more than once

Exit code 0: all invariants held, or the mutant was found. 1: an invariant did not hold, or the mutant was not found.
2: the command line cannot be understood. 143: stopped before the end by Ctrl+C or SIGTERM, and until then all held.
`;

/** The command line cannot be understood; the message names the option and says what it takes. */
export class UsageError extends Error {
  readonly code = 'USAGE';

  constructor(problem: string) {
    super(`${problem} Try --help.`);
    this.name = 'UsageError';
  }
}

export interface RunCommand {
  readonly kind: 'run';
  readonly firstSeed: number;
  readonly runs: number;
  readonly profiles: readonly ProfileName[];
  readonly mutant: string | undefined;
  readonly output: 'text' | 'json';
  readonly shrinks: boolean;
  readonly historyFile: string | undefined;
  readonly only: readonly number[] | undefined;
  readonly faults: readonly UnnumberedFault[];
  /** Replaces what the seed has drawn by what was asked for. */
  readonly change: (settings: Settings) => Settings;
  /** The options that change worlds, as they were given. */
  readonly changes: readonly string[];
}

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'mutants'; readonly json: boolean }
  | { readonly kind: 'faults'; readonly json: boolean; readonly world: RunCommand | undefined }
  | RunCommand;

/** Reads the command line. Throws `UsageError`. */
export function parseCommand(words: readonly string[]): Command {
  const values = parsed(words);
  if (values.help) return { kind: 'help' };
  if (values.mutants) return { kind: 'mutants', json: values.json };
  const run = runCommandOf(values);
  if (!values.faults) return run;
  return {
    kind: 'faults',
    json: values.json,
    world: values.seed === undefined ? undefined : ofOneWorld(run, '--faults'),
  };
}

type Values = ReturnType<typeof parsed>;

function runCommandOf(values: Values): RunCommand {
  const { seed, runs, profile, mutant, json, history, only, fault = [] } = values;
  const firstSeed = seed === undefined ? 1 : wholeNumber('--seed', seed, 0, SEED_MAX);
  const count = runs === undefined ? (seed === undefined ? RUNS : 1) : wholeNumber('--runs', runs, 1, RUNS_MAX);
  if (firstSeed + count - 1 > SEED_MAX) throw new UsageError(`--runs ${count} goes past the last seed, ${SEED_MAX}.`);
  const command: RunCommand = {
    kind: 'run',
    firstSeed,
    runs: count,
    profiles: profile === undefined ? PROFILE_NAMES : [profileNamed(profile)],
    mutant,
    output: json ? 'json' : 'text',
    shrinks: !values['no-shrink'],
    historyFile: history,
    only: only === undefined ? undefined : idsIn(only),
    faults: fault.map(faultIn),
    ...changesIn(values),
  };
  if (history !== undefined) ofOneWorld(command, '--history');
  if (only !== undefined) ofOneWorld(command, '--only');
  return command;
}

function changesIn(values: Values): Pick<RunCommand, 'change' | 'changes'> {
  const given = WORLD_OPTIONS.flatMap((option) => {
    const text = (values as Readonly<Record<string, unknown>>)[option.name];
    if (typeof text !== 'string') return [];
    return [{ option, value: wholeNumber(`--${option.name}`, text, option.least, option.most) }];
  });
  return {
    change: (settings) => given.reduce((changed, { option, value }) => option.set(changed, value), settings),
    changes: given.map(({ option, value }) => `--${option.name} ${value}`),
  };
}

function ofOneWorld(command: RunCommand, option: string): RunCommand {
  if (command.runs === 1 && command.profiles.length === 1) return command;
  throw new UsageError(`${option} is about one world: give --seed and --profile, and no --runs but 1.`);
}

function profileNamed(name: string): ProfileName {
  const profile = PROFILE_NAMES.find((known) => known === name);
  if (profile !== undefined) return profile;
  throw new UsageError(`There is no profile ${JSON.stringify(name)}. There are: ${PROFILE_NAMES.join(', ')}.`);
}

function idsIn(text: string): readonly number[] {
  if (text === 'none') return [];
  if (/^\d{1,5}(,\d{1,5})*$/.test(text)) return text.split(',').map(Number);
  throw new UsageError(`--only takes ids of planned faults such as 3,7, or none, not ${JSON.stringify(text)}.`);
}

function faultIn(text: string): UnnumberedFault {
  try {
    return parseFault(text);
  } catch (error) {
    throw error instanceof FaultTextError ? new UsageError(`--fault: ${error.message}`) : error;
  }
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`${option} takes a whole number from ${least} to ${most}, not ${JSON.stringify(text)}.`);
}

function parsed(words: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  const many = { type: 'string', multiple: true } as const;
  try {
    return parseArgs({
      args: [...words],
      options: {
        ...Object.fromEntries(WORLD_OPTIONS.map(({ name }) => [name, text])),
        seed: text,
        runs: text,
        profile: text,
        mutant: text,
        'no-shrink': flag,
        history: text,
        only: text,
        fault: many,
        json: flag,
        mutants: flag,
        faults: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}.`);
  }
}

/** What each fault does, for `--faults`. */
export const FAULTS_ABOUT: Readonly<Record<FaultName, string>> = {
  cut: "a client's connection ends, and both ends are told",
  'half-open': "a client's connection goes dead, and neither end is told",
  twin: "a client's end is told that its connection has ended, the gateway's is not",
  partition: 'nothing passes between two nodes for a while',
  'one-way': 'nothing passes from one node to another for a while',
  'gateway-kill': 'a gateway ends without a word, and another one takes its place',
  'deaf-gateway': 'a gateway hears nothing of what the engine stores for a while',
  'engine-restart': 'the engine is away for a while, and comes back with everything',
  'engine-wiped': 'the engine comes back with nothing',
  'engine-lost-tail': 'the engine comes back without its last messages, and says so by a new epoch',
  'engine-reused-seqnos': 'the engine comes back without its last messages, and does not notice',
  'slow-reader': 'a client reads nothing for a while',
  'revoke-read': 'a principal may not read a topic for a while',
  'revoke-publish': 'a principal may not publish to a topic for a while',
  'expire-token': "a client's token expires, and is not replaced for a while",
  burst: 'many messages at once',
  'client-restart': "a client's program ends, and starts anew with the positions that it knew",
  intruder: "somebody asks for somebody else's session",
};
