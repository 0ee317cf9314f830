/** All mutants, and how one is switched on by its name. */

import { ACCESS_MUTANTS } from './access.ts';
import { DEDUP_MUTANTS } from './dedup.ts';
import { DELIVERY_MUTANTS } from './delivery.ts';
import { INTEGRITY_MUTANTS } from './integrity.ts';
import { LATENCY_MUTANTS } from './latency.ts';
import { LIVENESS_MUTANTS } from './liveness.ts';
import type { Mutant, Undo } from './mutant.ts';
import { ORDER_MUTANTS } from './order.ts';
import { RESUME_MUTANTS } from './resume.ts';

export type { Mutant, Undo } from './mutant.ts';

/** In the order of the invariants that they break. */
export const MUTANTS: readonly Mutant[] = [
  ...ACCESS_MUTANTS,
  ...DEDUP_MUTANTS,
  ...ORDER_MUTANTS,
  ...DELIVERY_MUTANTS,
  ...LATENCY_MUTANTS,
  ...RESUME_MUTANTS,
  ...INTEGRITY_MUTANTS,
  ...LIVENESS_MUTANTS,
];

/** There is no mutant of this name. */
export class UnknownMutantError extends Error {
  readonly code = 'UNKNOWN_MUTANT';

  constructor(name: string) {
    super(`There is no mutant ${JSON.stringify(name)}; the nearest names are ${nearest(name).join(', ')}.`);
    this.name = 'UnknownMutantError';
  }
}

/** A mutant is applied while another one still is; what came of it could not be put down to either. */
export class MutantAppliedError extends Error {
  readonly code = 'MUTANT_APPLIED';

  constructor(name: string, applied: string) {
    super(`The mutant ${name} cannot be applied while ${applied} is; undo that one first.`);
    this.name = 'MutantAppliedError';
  }
}

let applied: string | undefined;

/** Throws `UnknownMutantError`. */
export function mutantNamed(name: string): Mutant {
  const mutant = MUTANTS.find((known) => known.name === name);
  if (mutant === undefined) throw new UnknownMutantError(name);
  return mutant;
}

/**
 * Breaks a rule for everything in this process, until the function that is returned is called. Throws
 * `UnknownMutantError`, and `MutantAppliedError` while another mutant is applied.
 */
export function applyMutant(name: string): Undo {
  const mutant = mutantNamed(name);
  if (applied !== undefined) throw new MutantAppliedError(name, applied);
  applied = name;
  const undo = mutant.apply();
  let undone = false;
  return () => {
    if (undone) return;
    undone = true;
    applied = undefined;
    undo();
  };
}

const NEAREST_COUNT = 3;

function nearest(name: string): string[] {
  const byDistance = MUTANTS.map((mutant) => ({ name: mutant.name, distance: distanceOf(name, mutant.name) }));
  return byDistance
    .sort((one, other) => one.distance - other.distance)
    .slice(0, NEAREST_COUNT)
    .map((found) => found.name);
}

/** How many letters have to be changed, added or taken out to make one text of the other (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let to = 1; to <= other.length; to++) {
      const replaced = (row[to - 1] as number) + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[to] as number) + 1, (next[to - 1] as number) + 1));
    }
    row = next;
  }
  return row[other.length] as number;
}
