/**
 * The mutation table: which invariant finds each mutant, and after how many worlds.
 *
 * Each mutant is applied in one world after another until its own invariant is among those that are reported. A world
 * in which the whole core reports that invariant as well proves nothing, so what it reports without the mutant does not
 * count. Profiles take turns, and worlds are the same for all mutants, so that rows can be compared.
 */

import { settingsOf } from '../plan/profiles.ts';
import { runWorld, type WatchUncaught } from '../run-world.ts';
import type { ProfileName } from '../settings.ts';
import type { Turn } from '../time/turn.ts';
import type { Invariant, Violation } from '../violation.ts';
import { MUTANTS, type Mutant } from './index.ts';

/** Within how many worlds a mutant has to be caught. */
export const WORLDS_MAX = 200;

/** A world, all other settings being drawn. In the table its seed is its place among them, from 1. */
export interface TableWorld {
  readonly seed: number;
  readonly profile: ProfileName;
}

/** Something that a checker said. */
export interface Finding extends TableWorld {
  readonly invariant: Invariant;
  readonly rule: string;
}

export interface MutantRow extends Pick<Mutant, 'name' | 'breaks' | 'what'> {
  /** How many worlds were run: up to the one in which it was caught, or all. */
  readonly worlds: number;
  /** Where its own invariant found it; absent for a survivor. */
  readonly caught?: Finding;
  /** Every invariant that spoke in that world, in the order in which they did. */
  readonly invariants: readonly Invariant[];
  /** What was found first of all, in that world or before. */
  readonly first?: Finding;
}

export interface TableOptions {
  readonly turn: Turn;
  /** With it, a mutant that makes the core throw is seen to do so; such a one is no quiet break. */
  readonly uncaught?: WatchUncaught;
  /** Default: all. */
  readonly mutants?: readonly Mutant[];
  /** Default: the first `WORLDS_MAX` of the table. */
  readonly worlds?: readonly TableWorld[];
  /** Hears of each world that was run with a mutant. */
  readonly onWorld?: (mutant: Mutant, world: TableWorld) => void;
  readonly onRow?: (row: MutantRow) => void;
}

export async function mutantTable(options: TableOptions): Promise<readonly MutantRow[]> {
  const { mutants = MUTANTS, onRow } = options;
  const sound = new SoundRuns(options);
  const rows: MutantRow[] = [];
  for (const mutant of mutants) {
    const row = await rowOf(mutant, sound, options);
    rows.push(row);
    onRow?.(row);
  }
  return rows;
}

/** The first worlds of the table. */
export function tableWorlds(count = WORLDS_MAX): readonly TableWorld[] {
  return Array.from({ length: count }, (_, index) => ({
    seed: index + 1,
    profile: index % 2 === 0 ? 'rough' : 'hostile',
  }));
}

async function violationsIn(
  { seed, profile }: TableWorld,
  { turn, uncaught }: TableOptions,
  mutant?: string,
): Promise<readonly Violation[]> {
  return (await runWorld(settingsOf(seed, profile, { mutant }), { turn, uncaught })).violations;
}

async function rowOf(mutant: Mutant, sound: SoundRuns, options: TableOptions): Promise<MutantRow> {
  const { worlds = tableWorlds(), onWorld } = options;
  const { name, breaks, what } = mutant;
  let first: Finding | undefined;
  for (const [index, world] of worlds.entries()) {
    const violations = await violationsIn(world, options, name);
    onWorld?.(mutant, world);
    const found = violations.length === 0 ? [] : await sound.without(world, violations);
    first ??= findingOf(found[0], world);
    const caught = findingOf(
      found.find(({ invariant }) => invariant === breaks),
      world,
    );
    if (caught === undefined || first === undefined) continue;
    const invariants = [...new Set(found.map(({ invariant }) => invariant))];
    return { name, breaks, what, worlds: index + 1, caught, invariants, first };
  }
  return { name, breaks, what, worlds: worlds.length, invariants: [], ...(first === undefined ? {} : { first }) };
}

function findingOf(violation: Violation | undefined, { seed, profile }: TableWorld): Finding | undefined {
  return violation && { invariant: violation.invariant, rule: violation.rule, seed, profile };
}

/** The same worlds with nothing broken on purpose; each is run once, when it is first asked for. */
class SoundRuns {
  readonly #options: TableOptions;
  readonly #invariants = new Map<string, Promise<ReadonlySet<Invariant>>>();

  constructor(options: TableOptions) {
    this.#options = options;
  }

  /** Those violations whose invariant holds in the world as it is. */
  async without(world: TableWorld, violations: readonly Violation[]): Promise<readonly Violation[]> {
    const name = `${world.profile}/${world.seed}`;
    const known = this.#invariants.get(name) ?? this.#run(world);
    this.#invariants.set(name, known);
    const broken = await known;
    return violations.filter(({ invariant }) => !broken.has(invariant));
  }

  async #run(world: TableWorld): Promise<ReadonlySet<Invariant>> {
    const violations = await violationsIn(world, this.#options);
    return new Set(violations.map(({ invariant }) => invariant));
  }
}
