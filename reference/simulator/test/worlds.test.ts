import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { FAULT_NAMES, PROFILE_NAMES, planOf, settingsOf } from '../src/index.ts';
import { Tally } from '../src/node/summary.ts';
import { commandOf } from '../src/planned-world.ts';
import { runWorld } from '../src/run-world.ts';
import { turn } from '../src/system/index.ts';

/** Of each profile. */
const WORLDS = runs(100);

/** So many in one test; it ends long before its time is over, however many worlds there are. */
const WORLDS_A_TEST = 50;

const firstSeeds = Array.from({ length: Math.ceil(WORLDS / WORLDS_A_TEST) }, (_, part) => 1 + part * WORLDS_A_TEST);

describe('simulated worlds (I1 to I7, liveness)', () => {
  const tally = new Tally();

  describe.each(PROFILE_NAMES)('%s', (profile) => {
    it.each(firstSeeds)(`every rule holds in the ${WORLDS_A_TEST} worlds from seed %i on`, async (firstSeed) => {
      const broken: string[] = [];
      for (let seed = firstSeed; seed < firstSeed + WORLDS_A_TEST; seed++) {
        const settings = settingsOf(seed, profile);
        const result = await runWorld(settings, { turn });
        tally.add(result, 0);
        const [first] = result.violations;
        if (first === undefined) continue;
        const command = commandOf({ settings, faults: planOf(settings) });
        broken.push(`${first.invariant} ${first.rule}: ${first.detail} Again: ${command}`);
      }
      expect(broken).toEqual([]);
    });
  });

  it('every kind of fault really happened in them, and messages were published, stored and delivered', () => {
    const { happened, worlds, published, stored, delivered } = tally.summary();
    expect(worlds).toBe(PROFILE_NAMES.length * firstSeeds.length * WORLDS_A_TEST);
    for (const name of FAULT_NAMES) expect(happened[name], name).toBeGreaterThan(0);
    for (const messages of [published, stored, delivered]) expect(messages).toBeGreaterThan(worlds * 10);
  });
});
