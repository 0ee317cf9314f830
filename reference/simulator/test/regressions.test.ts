/**
 * Worlds in which the core once broke an invariant. What was wrong is shown without the simulator beside the core, in
 * the test that is named; these worlds bring about the same moments, and have to stay quiet.
 */

import { describe, expect, it } from 'vitest';
import { settingsOf } from '../src/index.ts';
import { runWorld } from '../src/run-world.ts';
import { turn } from '../src/system/index.ts';

/** Worlds of the profile `hostile`. */
const FOUND = [
  // reference/gateway/test/distant-history.test.ts
  { what: 'a head beacon that was due before its topic was open ended the gateway', seeds: [1, 52, 57, 70] },
  { what: 'messages of an old history were sent under the name of a new one', seeds: [25, 32, 33, 68] },
  { what: 'a gateway sent what its feed had left of a topic, with a hole in it', seeds: [3, 12, 31, 36] },
];

describe.each(FOUND)('$what', ({ seeds }) => {
  it.each(seeds)('and does not any more (seed %i)', async (seed) => {
    const { violations } = await runWorld(settingsOf(seed, 'hostile'), { turn });
    expect(violations).toEqual([]);
  });
});
