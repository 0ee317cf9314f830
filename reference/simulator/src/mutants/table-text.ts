/** The mutation table as text, for a terminal. */

import type { Finding, MutantRow } from './table.ts';

/** One line for each row, and what else there is to say of it. */
export function rowText({ name, breaks, worlds, caught, first }: MutantRow): string {
  const head = `${name.padEnd(26)} ${breaks.padEnd(9)}`;
  if (caught === undefined) {
    const spoke = first === undefined ? 'nobody spoke' : `only ${placeText(first)} spoke: ${first.rule}`;
    return `${head} survived ${worlds} worlds; ${spoke}`;
  }
  const line = `${head} caught in world ${String(worlds).padStart(3)} (seed ${caught.seed}, ${caught.profile}): ${caught.rule}`;
  const isFirst = first === undefined || first.invariant === caught.invariant;
  return isFirst ? line : `${line}; first spoke ${placeText(first)}`;
}

/** The sum of all rows. */
export function tableText(rows: readonly MutantRow[]): string {
  const survivors = rows.filter(({ caught }) => caught === undefined).map(({ name }) => name);
  const caught = `${rows.length - survivors.length} of ${rows.length} mutants were caught by the invariant that they break`;
  return survivors.length === 0 ? `${caught}.` : `${caught}. Survivors: ${survivors.join(', ')}.`;
}

function placeText({ invariant, seed, profile }: Finding): string {
  return `${invariant} in seed ${seed}, ${profile}`;
}
