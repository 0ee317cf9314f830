/** What the fan-out benchmark measures: its cells, and how long each is measured. */

import Type from 'typebox';
import type { Workload } from '../figures.ts';
import { FULL_PACE, PACE, type Pace, PayloadBytes, Positive, plansOf, QUICK_PACE } from '../plan.ts';

export interface FanOutPlan extends Pace {
  readonly subscribers: readonly number[];
  readonly messagesPerTurn: readonly number[];
  readonly payloadBytes: readonly number[];
}

/** One line of the table, for every program. */
export interface Cell extends Workload {
  readonly subscribers: number;
  readonly messagesPerTurn: number;
  readonly payloadBytes: number;
}

const FULL = { subscribers: [1, 10, 100, 1000], messagesPerTurn: [1, 16], payloadBytes: [128], ...FULL_PACE };

const QUICK = { ...FULL, subscribers: [1, 10, 100], ...QUICK_PACE };

const plans = plansOf(
  {
    subscribers: Type.Array(Positive, { minItems: 1 }),
    messagesPerTurn: Type.Array(Positive, { minItems: 1 }),
    payloadBytes: Type.Array(PayloadBytes, { minItems: 1 }),
    ...PACE,
  },
  FULL,
  QUICK,
);

/** The plan of a full or a quick run. Throws `BenchError` PLAN_INVALID that names what is wrong in `changes`. */
export const fanOutPlan = (quick: boolean, changes?: string): FanOutPlan => plans.plan(quick, changes);

export function cellsOf({ subscribers, messagesPerTurn, payloadBytes }: FanOutPlan): Cell[] {
  return payloadBytes.flatMap((bytes) =>
    subscribers.flatMap((count) =>
      messagesPerTurn.map((messages) => ({ subscribers: count, messagesPerTurn: messages, payloadBytes: bytes })),
    ),
  );
}
