import { describe, expect, it } from 'vitest';
import { FaultTextError, faultText, parseFault } from '../src/fault-text.ts';
import { PROFILE_NAMES, planOf, settingsOf } from '../src/index.ts';
import { parseCommand, type RunCommand } from '../src/node/cli-options.ts';
import { worldsOf } from '../src/node/run-worlds.ts';
import { commandOf, faultsOf, type PlannedWorld, UnknownFaultsError, wordsOf } from '../src/planned-world.ts';

/** The world that a command line names. */
function worldOf(words: readonly string[]): PlannedWorld {
  const [world] = worldsOf(parseCommand(words) as RunCommand);
  if (world === undefined) throw new Error('There is no world.');
  return world;
}

const rough = settingsOf(46, 'rough');
const planned = planOf(rough);

describe('the text of a fault', () => {
  it('says all of it, for every planned fault of many worlds', () => {
    for (const profile of PROFILE_NAMES) {
      for (let seed = 1; seed <= 50; seed++) {
        for (const { id: _, ...fault } of planOf(settingsOf(seed, profile))) {
          expect(parseFault(faultText(fault))).toEqual(fault);
        }
      }
    }
  });

  it.each([
    ['', 'NAME@MS'],
    ['cut', 'NAME@MS'],
    ['cut@soon,client-1', 'NAME@MS'],
    ['flood@10,client-1', 'flood is none of cut, half-open'],
    ['cut@10', 'cut is about one node, not 0'],
    ['partition@10,client-1', 'partition is about two nodes, not 1'],
    ['cut@10,server-1', 'not "server-1"'],
    ['burst@10,client-1,count=4', 'burst needs topic=NAME'],
    ['cut@10,client-1,colour=red', 'colour=red is neither topic=NAME nor count=N'],
  ])('%j is refused: %s', (text, problem) => {
    expect(() => parseFault(text)).toThrow(FaultTextError);
    expect(() => parseFault(text)).toThrow(problem);
  });
});

describe('the command that repeats a world', () => {
  it('names nothing but seed and profile where all follows from them', () => {
    expect(commandOf({ settings: rough, faults: planned })).toBe('npm run sim -- --seed 46 --profile rough');
  });

  it('names faults by their ids in the plan of the seed, however small the world was made', () => {
    const [, second, third] = planned;
    if (second === undefined || third === undefined) throw new Error('This seed has too few faults.');
    const settings = { ...rough, subscribers: 1, safetyMs: 4_000, network: { ...rough.network, lostPerMille: 0 } };
    const command = commandOf({ settings, faults: [second, third] });
    expect(command).toMatch(/^npm run sim -- --seed 46 --profile rough --only 2,3 --subscribers 1 --safety-ms 4000/);
    expect(commandOf({ settings: rough, faults: [] })).toMatch(/ --only none$/);
  });

  it('spells out a fault that is not in the plan, beside the planned ones or in their place', () => {
    const cut = { id: planned.length + 1, name: 'cut', atMs: 3_400, forMs: 0, nodes: ['client-2'] } as const;
    expect(commandOf({ settings: rough, faults: [...planned, cut] })).toMatch(/rough --fault cut@3400,client-2$/);
    expect(commandOf({ settings: rough, faults: [cut] })).toMatch(/--only none --fault cut@3400,client-2$/);
  });

  it('spells out faults where their rates are not those of the seed', () => {
    const settings = settingsOf(46, 'rough', { faultsPerMinute: { cut: 60 } });
    const faults = planOf(settings);
    const again = worldOf(wordsOf({ settings, faults }));
    expect(again.faults.map(faultText)).toEqual(faults.map(faultText));
  });

  it('gives back the same world from the command line', () => {
    const changed = settingsOf(9, 'hostile', {
      publishers: 3,
      safetyMs: 9_000,
      clockSkewMs: 7,
      network: { jitterMs: 3 },
    });
    const worlds: readonly PlannedWorld[] = [
      { settings: rough, faults: planned },
      { settings: rough, faults: planned.filter(({ id }) => id % 2 === 0) },
      { settings: { ...rough, mutant: 'ring-starts-late', publishEveryMs: 900 }, faults: [] },
      { settings: changed, faults: planOf(changed) },
      { settings: changed, faults: planOf(settingsOf(9, 'hostile')).slice(1, 4) },
    ];
    for (const world of worlds) expect(worldOf(wordsOf(world))).toEqual(world);
  });

  it('an id that is not in the plan is refused with those that are', () => {
    expect(() => faultsOf(rough, { only: [1, 99] })).toThrow(UnknownFaultsError);
    expect(() => faultsOf(rough, { only: [1, 99] })).toThrow(`planned faults 1 to ${planned.length}, not 99`);
  });
});
