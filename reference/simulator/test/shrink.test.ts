import { describe, expect, it } from 'vitest';
import { planOf, settingsOf } from '../src/index.ts';
import type { PlannedWorld } from '../src/planned-world.ts';
import { runWorld } from '../src/run-world.ts';
import { type ShrinkOptions, type ShrinkProgress, shrink } from '../src/shrink.ts';
import { turn } from '../src/system/index.ts';

const settings = settingsOf(2, 'hostile', { subscribers: 4, publishers: 3, gateways: 3, topics: 2 });
const world: PlannedWorld = { settings, faults: planOf(settings) };
const broken = { invariant: 'I4', rule: 'nothing is lost' } as const;

/** A rule that is broken in every world for which `fails` says so. */
function brokenWhere(fails: (world: PlannedWorld) => boolean): ShrinkOptions['run'] {
  return async (tried) => ({
    violations: fails(tried) ? [{ ...broken, detail: '', at: 0, nodes: [] }] : [],
  });
}

function hasFaults(ids: readonly number[]): (world: PlannedWorld) => boolean {
  return ({ faults }) => ids.every((id) => faults.some((fault) => fault.id === id));
}

describe('a world that fails', () => {
  it('keeps exactly the faults that it takes, and nothing of the rest', async () => {
    for (const ids of [[], [1], [3, 7], [2, 5, 11], world.faults.map(({ id }) => id).slice(-2)]) {
      const shrunk = await shrink(world, broken, { run: brokenWhere(hasFaults(ids)) });
      expect(shrunk.isDone).toBe(true);
      expect(shrunk.faults.map(({ id }) => id)).toEqual(ids);
      const { network, clockSkewMs, topics } = shrunk.settings;
      expect({ ...network, clockSkewMs }).toMatchObject({
        jitterMs: 0,
        lostPerMille: 0,
        doubledPerMille: 0,
        reorderedPerMille: 0,
        clockSkewMs: 0,
      });
      if (ids.length === 0)
        expect([shrunk.settings.subscribers, shrunk.settings.publishers, topics]).toEqual([1, 1, 1]);
      for (const { atMs } of shrunk.faults) expect(atMs).toBeLessThan(shrunk.settings.safetyMs);
    }
  });

  it('keeps the nodes that it takes', async () => {
    const needs = ({ settings: { subscribers, gateways, network } }: PlannedWorld) =>
      subscribers >= 3 && gateways >= 2 && network.reorderedPerMille > 0;
    const shrunk = await shrink(world, broken, { run: brokenWhere(needs) });
    expect(shrunk.settings).toMatchObject({ subscribers: 3, gateways: 2, publishers: 1, topics: 1 });
    expect(shrunk.settings.network).toEqual({
      ...settings.network,
      jitterMs: 0,
      lostPerMille: 0,
      doubledPerMille: 0,
    });
  });

  it('stays as it is where everything in it is needed', async () => {
    const run = brokenWhere((tried) => JSON.stringify(tried) === JSON.stringify(world));
    expect(await shrink(world, broken, { run, runsMax: 1_000 })).toMatchObject({ ...world, isDone: true });
  });

  it('is not mistaken for one that breaks another rule', async () => {
    const run = async () => ({ violations: [{ ...broken, rule: 'another rule', detail: '', at: 0, nodes: [] }] });
    expect(await shrink(world, broken, { run, runsMax: 1_000 })).toMatchObject(world);
  });

  it('is run a bounded number of times, and the smallest one so far is kept', async () => {
    const seen: ShrinkProgress[] = [];
    const run = brokenWhere(hasFaults([3, 7]));
    const shrunk = await shrink(world, broken, { run, runsMax: 6, onProgress: (progress) => seen.push(progress) });
    expect(shrunk).toMatchObject({ runs: 6, isDone: false });
    expect(shrunk.faults.length).toBeLessThan(world.faults.length);
    expect(hasFaults([3, 7])(shrunk)).toBe(true);
    expect(seen.map(({ runs, runsMax }) => [runs, runsMax])).toEqual([1, 2, 3, 4, 5, 6].map((runs) => [runs, 6]));
    expect(seen.at(-1)?.world.faults).toEqual(shrunk.faults);
  });

  it('is left alone when it is told to stop', async () => {
    const run = brokenWhere(() => true);
    const shrunk = await shrink(world, broken, { run, signal: AbortSignal.abort() });
    expect(shrunk).toEqual({ ...world, runs: 0, isDone: false });
  });
});

describe('a rule that is broken on purpose', () => {
  const mutated = settingsOf(2, 'hostile', { mutant: 'resume-user-unchecked' });
  const run = ({ settings: tried, faults }: PlannedWorld) => runWorld(tried, { turn, faults });

  it('is still broken in a smaller world, and always in the same one', async () => {
    const large = { settings: mutated, faults: planOf(mutated) };
    const [violation] = (await run(large)).violations;
    if (violation === undefined) throw new Error('This world does not fail.');
    const shrunk = await shrink(large, violation, { run });
    expect(shrunk.isDone).toBe(true);
    expect(shrunk.faults.map(({ name }) => name)).toEqual(['intruder']);
    expect((await run(shrunk)).violations).toContainEqual(
      expect.objectContaining({ invariant: 'I6', rule: violation.rule }),
    );
    expect(await shrink(large, violation, { run })).toEqual(shrunk);
  });
});
