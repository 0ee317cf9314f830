/**
 * A world with the faults that happen in it, and the command that runs it again.
 *
 * What is not named follows from the seed and the profile. The faults of a world are named in one of two ways:
 *
 * - `--only 3,7`: by their ids in the plan of the world as the seed draws it, whatever the other options change. So an
 *   id means the same fault however small the world was made.
 * - `--fault cut@3400,client-2`: one that this plan does not have.
 *
 * Without `--only`, all faults happen that are planned for the world with its other options.
 */

import { faultText, type UnnumberedFault } from './fault-text.ts';
import { planOf } from './plan/plan.ts';
import { settingsOf } from './plan/profiles.ts';
import type { PlannedFault, Settings } from './settings.ts';
import { WORLD_OPTIONS } from './world-options.ts';

export interface PlannedWorld {
  readonly settings: Settings;
  readonly faults: readonly PlannedFault[];
}

/** There are no faults of these ids in the plan of the seed. */
export class UnknownFaultsError extends Error {
  readonly code = 'UNKNOWN_FAULTS';

  constructor(ids: readonly number[], { seed, profile }: Settings, planned: number) {
    const there = planned === 0 ? 'no planned faults' : `planned faults 1 to ${planned}`;
    super(`Seed ${seed} with profile ${profile} has ${there}, not ${ids.join(', ')}.`);
    this.name = 'UnknownFaultsError';
  }
}

export interface FaultChoice {
  /** Ids in the plan of the seed's own world. Absent: all that is planned for the world as it is. */
  readonly only?: readonly number[] | undefined;
  readonly more?: readonly UnnumberedFault[] | undefined;
}

/** The faults of a world. Those of `more` get the ids after the planned ones. Throws `UnknownFaultsError`. */
export function faultsOf(settings: Settings, { only, more = [] }: FaultChoice): readonly PlannedFault[] {
  const planned = only === undefined ? planOf(settings) : ownPlanOf(settings);
  const firstId = planned.length + 1;
  const unknown = (only ?? []).filter((id) => id < 1 || id >= firstId);
  if (unknown.length > 0) throw new UnknownFaultsError(unknown, settings, planned.length);
  const chosen = only === undefined ? planned : planned.filter(({ id }) => only.includes(id));
  return [...chosen, ...more.map((fault, index) => ({ id: firstId + index, ...fault }))];
}

/** What is planned for the world as its seed and profile draw it. */
function ownPlanOf({ seed, profile }: Settings): readonly PlannedFault[] {
  return planOf(settingsOf(seed, profile));
}

/** The command that runs a world again, from the folder of the project. */
export function commandOf(world: PlannedWorld): string {
  return ['npm run sim --', ...wordsOf(world)].join(' ');
}

/** The options of that command. */
export function wordsOf({ settings, faults }: PlannedWorld): readonly string[] {
  const { seed, profile, mutant } = settings;
  const drawn = settingsOf(seed, profile);
  const words = ['--seed', String(seed), '--profile', profile];
  if (mutant !== undefined) words.push('--mutant', mutant);
  let named: Settings = drawn;
  const numbers: string[] = [];
  for (const option of WORLD_OPTIONS) {
    const value = option.of(settings);
    if (value === option.of(drawn)) continue;
    named = option.set(named, value);
    numbers.push(`--${option.name}`, String(value));
  }
  return [...words, ...faultWords(faults, planOf(named), planOf(drawn)), ...numbers];
}

/** Names no planned fault where all that follow from the other options are there. */
function faultWords(
  faults: readonly PlannedFault[],
  planned: readonly PlannedFault[],
  own: readonly PlannedFault[],
): readonly string[] {
  const chosen = faults.filter((fault) => isSame(fault, own[fault.id - 1]));
  const hasPlanned = planned.every((fault, index) => isSame(fault, faults[index]));
  if (hasPlanned && (planned.length > 0 || chosen.length === 0)) return moreWords(faults.slice(planned.length));
  const others = faults.filter((fault) => !chosen.includes(fault));
  const ids = chosen.length === 0 ? 'none' : chosen.map(({ id }) => id).join(',');
  return ['--only', ids, ...moreWords(others)];
}

function moreWords(faults: readonly PlannedFault[]): readonly string[] {
  return faults.flatMap((fault) => ['--fault', faultText(fault)]);
}

function isSame(one: PlannedFault, other: PlannedFault | undefined): boolean {
  return other !== undefined && one.id === other.id && faultText(one) === faultText(other);
}
