/** Runs a few worlds of every profile; the same in Node, in Bun and in a page. */

import { PROFILE_NAMES, Simulation, settingsOf } from '../../src/index.ts';
import { turn } from '../../src/system/index.ts';

export const SEEDS = [1, 2, 20, 31] as const;

/** The fingerprint of each world, by its profile and seed. */
export async function fingerprints(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const profile of PROFILE_NAMES) {
    for (const seed of SEEDS) {
      const report = await new Simulation({ settings: settingsOf(seed, profile), turn }).run();
      found[`${profile} ${seed}`] = `${report.fingerprint} of ${report.events} events`;
    }
  }
  return found;
}
