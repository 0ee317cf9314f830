/** What the recovery benchmark measures, and how often. */

import Type from 'typebox';
import { PayloadBytes, Positive, plansOf } from '../plan.ts';

export interface RecoveryPlan {
  readonly storedMessages: readonly number[];
  /** Over which the messages are spread. */
  readonly topics: number;
  readonly payloadBytes: number;
  /** Restarts of each program with each history. */
  readonly repetitions: number;
  /** A store that answers nothing for this long while it is filled has lost a message. */
  readonly silenceMsMax: number;
}

const FULL = {
  storedMessages: [0, 10_000, 100_000],
  topics: 100,
  payloadBytes: 128,
  repetitions: 7,
  silenceMsMax: 60_000,
};

const QUICK = { ...FULL, storedMessages: [0, 2_000], repetitions: 3 };

const plans = plansOf(
  {
    storedMessages: Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1 }),
    topics: Positive,
    payloadBytes: PayloadBytes,
    repetitions: Positive,
    silenceMsMax: Positive,
  },
  FULL,
  QUICK,
);

/** The plan of a full or a quick run. Throws `BenchError` PLAN_INVALID that names what is wrong in `changes`. */
export const recoveryPlan = (quick: boolean, changes?: string): RecoveryPlan => plans.plan(quick, changes);
