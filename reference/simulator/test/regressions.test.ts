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
  { what: 'a head beacon that was due before its topic was open ended the gateway', seeds: [20, 32, 57] },
  { what: 'messages of an old history were sent under the name of a new one', seeds: [8, 11, 33] },
  { what: 'the checksum of a state that was ahead of the feed was that of the feed', seeds: [83, 89, 128] },
];

describe.each(FOUND)('$what', ({ seeds }) => {
  it.each(seeds)('and does not any more (seed %i)', async (seed) => {
    const { violations } = await runWorld(settingsOf(seed, 'hostile'), { turn });
    expect(violations).toEqual([]);
  });
});
