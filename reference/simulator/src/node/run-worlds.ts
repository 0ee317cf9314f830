/** Runs the worlds of a command one after the other, and looks closer at those that fail. */

import { settingsOf } from '../plan/profiles.ts';
import { commandOf, faultsOf, type PlannedWorld } from '../planned-world.ts';
import { runWorld, type WorldResult } from '../run-world.ts';
import { type ShrunkWorld, shrink } from '../shrink.ts';
import { turn } from '../system/turn.ts';
import { uncaught } from '../system/uncaught.ts';
import { timelineText } from '../timeline.ts';
import type { Violation } from '../violation.ts';
import type { RunCommand } from './cli-options.ts';
import type { RunOutput } from './outputs.ts';
import type { Ending, Failure } from './run-events.ts';
import { type BrokenRule, Tally } from './summary.ts';

/** Failing worlds that are made smaller and shown in full: the first of each rule, up to this many. */
export const FAILURES_SHOWN = 5;

/** Of the run of one world: what there is to write to a file. */
export type OnHistory = (result: WorldResult) => void;

export async function runWorlds(
  command: RunCommand,
  output: RunOutput,
  signal: AbortSignal,
  onHistory: OnHistory,
): Promise<Ending> {
  const startedAt = performance.now();
  const tally = new Tally();
  const total = command.runs * command.profiles.length;
  const isFound = () => command.mutant !== undefined && tally.failed > 0;
  let shown = 0;
  output.plan(command, total);
  for (const world of worldsOf(command)) {
    if (signal.aborted || isFound()) break;
    const runAt = performance.now();
    const result = await run(world, command.historyFile !== undefined);
    const runMs = performance.now() - runAt;
    if (command.historyFile !== undefined) onHistory(result);
    for (const broken of tally.add(result, runMs).slice(0, FAILURES_SHOWN - shown)) {
      shown += 1;
      output.failure(await failureOf(world, broken, command, output, signal));
    }
    output.progress(tally, total);
  }
  const { mutant } = command;
  return {
    ok: mutant === undefined ? tally.failed === 0 : isFound(),
    isStopped: signal.aborted && tally.worlds < total,
    durationMs: Math.round(performance.now() - startedAt),
    summary: tally.summary(),
    ...(mutant === undefined ? {} : { mutant: { name: mutant, isFound: isFound() } }),
  };
}

/** One after the other: there may be a million. Throws `UnknownFaultsError`. */
export function* worldsOf(command: RunCommand): Generator<PlannedWorld> {
  const { firstSeed, runs, profiles, mutant, change, only, faults: more } = command;
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    for (const profile of profiles) {
      const settings = change(settingsOf(seed, profile, mutant === undefined ? {} : { mutant }));
      yield { settings, faults: faultsOf(settings, { only, more }) };
    }
  }
}

function run({ settings, faults }: PlannedWorld, record: boolean): Promise<WorldResult> {
  return runWorld(settings, { turn, faults, record, uncaught });
}

/** Runs the world again for its history: it is kept for failing worlds only. */
async function failureOf(
  world: PlannedWorld,
  broken: BrokenRule,
  { shrinks }: RunCommand,
  output: RunOutput,
  signal: AbortSignal,
): Promise<Failure> {
  const small: ShrunkWorld = shrinks
    ? await shrink(world, broken, {
        run: (smaller) => run(smaller, false),
        onProgress: (progress) => output.shrinking(progress),
        signal,
      })
    : { ...world, runs: 0, isDone: false };
  const result = await run(small, true);
  const { seed, profile } = world.settings;
  const violation = firstOf(broken, result.violations);
  const { history } = result;
  const isFirst = violation === result.violations[0];
  return {
    seed,
    profile,
    violation,
    shrinkRuns: small.runs,
    isSmallest: small.isDone,
    faultsBefore: world.faults.length,
    faults: small.faults.length,
    events: result.events,
    timeline: timelineText({
      events: history?.events ?? [],
      violation,
      foundAt: isFirst ? history?.foundAt : undefined,
    }),
    command: commandOf(small),
  };
}

function firstOf({ invariant, rule }: BrokenRule, violations: readonly Violation[]): Violation {
  const found = violations.find((violation) => violation.invariant === invariant && violation.rule === rule);
  // The world was run with the same seed before, so anything else means that a run cannot be repeated.
  if (found === undefined) throw new NotRepeatedError(invariant, rule);
  return found;
}

/** The same world has come to another end: something in it does not follow from its seed. */
export class NotRepeatedError extends Error {
  readonly code = 'NOT_REPEATED';

  constructor(invariant: string, rule: string) {
    super(
      `The world broke ${invariant} (${rule}) and did not when it was run again: a run depends on more than its seed.`,
    );
    this.name = 'NotRepeatedError';
  }
}
