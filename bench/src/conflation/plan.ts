/** What the conflation benchmark measures: its cells, each with a fixed rate of ticks. */

import Type from 'typebox';
import type { Workload } from '../figures.ts';
import { Positive, plansOf } from '../plan.ts';

/** One line of the table, for every program. */
export interface Cell extends Workload {
  /** Of one channel, each a connection of its own. */
  readonly subscribers: number;
  /** So many of them read nothing while ticks are published. */
  readonly slowReaders: number;
  readonly ticksPerSecond: number;
}

export interface ConflationPlan {
  /** `ticks`: how many are published in each measurement. */
  readonly cells: readonly (Cell & { readonly ticks: number })[];
  /** The rate that the subscribers of a tier ask for, in deliveries a second. */
  readonly tierHz: number;
  /** Measurements of each program in each cell. */
  readonly repetitions: number;
  /** Before the first measurement of a cell, at the same rate; thrown away. */
  readonly warmUpTicks: number;
  /** A run in which nothing arrives for this long has lost a message. */
  readonly silenceMsMax: number;
}

const atRest = (ticks: number, subscribers: readonly number[]) =>
  subscribers.map((count) => ({ subscribers: count, slowReaders: 0, ticksPerSecond: 500, ticks }));

/**
 * The system holds some megabytes for a reader that does not read, so it takes seconds of a high rate until the server
 * notices.
 */
const SLOW = { subscribers: 20, slowReaders: 10, ticksPerSecond: 2_500 };

const FULL = {
  cells: [...atRest(1_000, [1, 10, 100]), { ...SLOW, ticks: 20_000 }],
  tierHz: 10,
  repetitions: 3,
  warmUpTicks: 500,
  silenceMsMax: 60_000,
};

const QUICK = {
  ...FULL,
  cells: [...atRest(400, [10, 100]), { ...SLOW, ticks: 10_000 }],
  repetitions: 1,
  warmUpTicks: 200,
};

const Count = Type.Integer({ minimum: 0 });

const plans = plansOf(
  {
    cells: Type.Array(
      Type.Object({ subscribers: Positive, slowReaders: Count, ticksPerSecond: Positive, ticks: Positive }),
      { minItems: 1 },
    ),
    tierHz: Type.Number({ minimum: 0.1, maximum: 1_000 }),
    repetitions: Positive,
    warmUpTicks: Positive,
    silenceMsMax: Positive,
  },
  FULL,
  QUICK,
);

/** The plan of a full or a quick run. Throws `BenchError` PLAN_INVALID that names what is wrong in `changes`. */
export const conflationPlan = (quick: boolean, changes?: string): ConflationPlan => plans.plan(quick, changes);
