/** From what a reader chose to what the simulator runs. Only the worker needs it. */

import { type PlannedFault, planOf, type Settings, type SettingsChange, settingsOf } from '@micro-socket/simulator';
import type { World } from './world.ts';

/** The settings of a world: what was chosen, and the rest as its seed draws it. */
export function settingsFor({ seed, profile, numbers, faultPercent, mutant }: World): Settings {
  const { delayMs, jitterMs, lostPerMille, doubledPerMille, reorderedPerMille, ...rest } = numbers;
  const network = given({ delayMs, jitterMs, lostPerMille, doubledPerMille, reorderedPerMille });
  const changes: SettingsChange = { ...given(rest), network };
  const drawn = settingsOf(seed, profile, changes);
  const faultsPerMinute = Object.fromEntries(
    Object.entries(drawn.faultsPerMinute).map(([name, perMinute]) => [name, (perMinute * faultPercent) / 100]),
  );
  return settingsOf(seed, profile, { ...changes, faultsPerMinute, ...(mutant === undefined ? {} : { mutant }) });
}

/** The faults of a run: the planned ones, and then those that the reader made, at their times. */
export function faultsOf({ handMade }: World, settings: Settings): readonly PlannedFault[] {
  const planned = planOf(settings);
  const next = planned.reduce((id, fault) => Math.max(id, fault.id + 1), 1);
  return [...planned, ...handMade.map((fault, index) => ({ ...fault, id: next + index }))];
}

/** Without what is not there. */
function given<Values extends object>(values: Values): { [Name in keyof Values]?: NonNullable<Values[Name]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
