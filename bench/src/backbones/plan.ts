/** What the backbones benchmark measures, and how long. */

import Type from 'typebox';
import type { Workload } from '../figures.ts';
import { FULL_PACE, PACE, type Pace, PayloadBytes, Positive, plansOf, QUICK_PACE } from '../plan.ts';

const Load = Type.Object({ inFlight: Positive, topics: Positive }, { additionalProperties: false });

export interface BackbonesPlan extends Pace {
  /** How many publishes are unanswered at a time, and over how many topics they are spread. */
  readonly loads: readonly { readonly inFlight: number; readonly topics: number }[];
  readonly payloadBytes: number;
}

/** One line of the table, for every program. */
export interface Cell extends Workload {
  readonly inFlight: number;
  readonly topics: number;
  readonly payloadBytes: number;
}

const FULL = {
  loads: [
    { inFlight: 1, topics: 1 },
    { inFlight: 256, topics: 1 },
    { inFlight: 256, topics: 64 },
  ],
  payloadBytes: 128,
  ...FULL_PACE,
  repetitions: 5,
  warmUpMs: 2_000,
};

const QUICK = { ...FULL, ...QUICK_PACE };

const plans = plansOf({ loads: Type.Array(Load, { minItems: 1 }), payloadBytes: PayloadBytes, ...PACE }, FULL, QUICK);

/** The plan of a full or a quick run. Throws `BenchError` PLAN_INVALID that names what is wrong in `changes`. */
export const backbonesPlan = (quick: boolean, changes?: string): BackbonesPlan => plans.plan(quick, changes);

export function cellsOf({ loads, payloadBytes }: BackbonesPlan): Cell[] {
  return loads.map(({ inFlight, topics }) => ({ inFlight, topics, payloadBytes }));
}
