import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseMutants } from '../../../tools/runs/mutants-schema.ts';
import { type RunReport, Simulation, settingsOf } from '../src/index.ts';
import { applyMutant, MUTANTS, MutantAppliedError, UnknownMutantError } from '../src/mutants/index.ts';
import { mutantTable, rowText, tableText, tableWorlds } from '../src/mutants/mutation-table.ts';
import { turn } from '../src/system/index.ts';
import { INVARIANTS } from '../src/violation.ts';

const recorded = parseMutants(JSON.parse(readFileSync(new URL('../results/mutants.json', import.meta.url), 'utf8')));
const rows = new Map(recorded.rows.map((row) => [row.name, row]));

/** Mutants that nobody finds yet, and why: each is a hole that is known, and this list has to shrink. */
const SURVIVORS: Readonly<Record<string, string>> = {};

/** How many worlds are tried where the recorded one has changed. */
const WORLDS_MAX = 60;

function runOf(seed: number): Promise<RunReport> {
  return new Simulation({ settings: settingsOf(seed, 'rough'), turn }).run();
}

describe('every mutant', () => {
  it.each(MUTANTS.filter(({ name }) => !Object.hasOwn(SURVIVORS, name)))(
    '$name is found by $breaks',
    async (mutant) => {
      const { seed, profile } = rows.get(mutant.name)?.caught ?? {};
      const start = tableWorlds().filter((world) => world.seed === seed && world.profile === profile);
      const worlds = [...start, ...tableWorlds(WORLDS_MAX)];
      const [row] = await mutantTable({ turn, mutants: [mutant], worlds });
      expect(row?.caught?.invariant).toBe(mutant.breaks);
    },
  );

  it('has a name of its own and says in a sentence what is broken', () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    for (const { name, what } of MUTANTS) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(what).toMatch(/^[A-Z][^.]+\.$/);
    }
  });

  it.each(INVARIANTS)('%s has one that breaks it', (invariant) => {
    expect(MUTANTS.some(({ breaks }) => breaks === invariant)).toBe(true);
  });
});

describe('a mutant', () => {
  it('changes the run as long as it is applied, and leaves no trace when it is undone', async () => {
    const before = await runOf(1);
    const undo = applyMutant('dedup-skipped');
    const broken = await runOf(1);
    undo();
    undo();
    for (const { name } of MUTANTS) applyMutant(name)();
    const after = await runOf(1);
    expect(before.violations).toEqual([]);
    expect(broken.violations).not.toEqual([]);
    expect(broken.fingerprint).not.toBe(before.fingerprint);
    expect(after.violations).toEqual([]);
    expect(after.fingerprint).toBe(before.fingerprint);
  });

  it('gives the same run again with the same seed', async () => {
    const fingerprints: string[] = [];
    for (let time = 0; time < 2; time++) {
      const undo = applyMutant('messages-swapped');
      fingerprints.push((await runOf(1)).fingerprint);
      undo();
    }
    expect(fingerprints[0]).toBe(fingerprints[1]);
  });

  it('that nobody knows is refused with the names that come nearest', () => {
    const attempt = () => applyMutant('dedup-skiped');
    expect(attempt).toThrow(UnknownMutantError);
    expect(attempt).toThrow(/"dedup-skiped"; the nearest names are dedup-skipped, /);
    expect(attempt).toThrow(expect.objectContaining({ code: 'UNKNOWN_MUTANT' }));
  });

  it('is refused while another one is applied', () => {
    const undo = applyMutant('dedup-skipped');
    const attempt = () => applyMutant('anchor-skipped');
    expect(attempt).toThrow(MutantAppliedError);
    expect(attempt).toThrow(/anchor-skipped cannot be applied while dedup-skipped is/);
    undo();
    expect(() => attempt()()).not.toThrow();
  });
});

describe('the mutation table', () => {
  const harmless = { name: 'harmless', breaks: 'I2', what: 'Nothing is broken.', apply: () => () => {} } as const;

  it('is recorded with exactly the mutants that there are, and the only survivors are those that are known', () => {
    const said = recorded.rows.map(({ name, breaks, what }) => ({ name, breaks, what }));
    expect(said).toEqual(MUTANTS.map(({ name, breaks, what }) => ({ name, breaks, what })));
    const survivors = recorded.rows.filter(({ caught }) => caught === undefined).map(({ name }) => name);
    expect(survivors.toSorted()).toEqual(Object.keys(SURVIVORS).toSorted());
  });

  it('says in how many worlds each was caught, where, and who spoke first', async () => {
    const mutants = MUTANTS.filter(({ name }) => name === 'ack-before-store');
    const [row] = await mutantTable({ turn, mutants, worlds: tableWorlds(3) });
    expect(row).toMatchObject({ worlds: 1, caught: { invariant: 'I4', seed: 1, profile: 'rough' } });
    expect(row?.invariants).toContain(row?.first?.invariant);
    expect(row && rowText(row)).toMatch(/^ack-before-store +I4 +caught in world +1 \(seed 1, rough\): /);
  });

  it('names survivors', () => {
    const row = { ...harmless, worlds: 2, invariants: [] };
    expect(rowText(row)).toMatch(/survived 2 worlds; nobody spoke$/);
    expect(tableText([row])).toBe('0 of 1 mutants were caught by the invariant that they break. Survivors: harmless.');
  });
});
