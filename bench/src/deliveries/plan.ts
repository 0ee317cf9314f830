/** What the deliveries benchmark measures, and how long. */

import Type from 'typebox';
import type { Workload } from '../figures.ts';
import { FULL_PACE, PACE, type Pace, PayloadBytes, Positive, plansOf, QUICK_PACE } from '../plan.ts';

export interface DeliveriesPlan extends Pace {
  /** Of all gateways of a program together. */
  readonly subscribers: readonly number[];
  readonly messagesPerTurn: number;
  readonly payloadBytes: number;
}

/** One line of the table, for every program. */
export interface Cell extends Workload {
  readonly subscribers: number;
  readonly messagesPerTurn: number;
  readonly payloadBytes: number;
}

const FULL = {
  subscribers: [16, 128, 512],
  messagesPerTurn: 16,
  payloadBytes: 128,
  ...FULL_PACE,
  repetitions: 5,
  warmUpMs: 2_000,
};

const QUICK = { ...FULL, ...QUICK_PACE, subscribers: [16, 128] };

const plans = plansOf(
  {
    subscribers: Type.Array(Positive, { minItems: 1 }),
    messagesPerTurn: Positive,
    payloadBytes: PayloadBytes,
    ...PACE,
  },
  FULL,
  QUICK,
);

/** The plan of a full or a quick run. Throws `BenchError` PLAN_INVALID that names what is wrong in `changes`. */
export const deliveriesPlan = (quick: boolean, changes?: string): DeliveriesPlan => plans.plan(quick, changes);

export function cellsOf({ subscribers, messagesPerTurn, payloadBytes }: DeliveriesPlan): Cell[] {
  return subscribers.map((count) => ({ subscribers: count, messagesPerTurn, payloadBytes }));
}
