/** What the fan-out benchmark measures: its cells, and how long each is measured. */

import Type from 'typebox';
import type { Workload } from '../figures.ts';
import { Duration, FULL_PACE, PACE, type Pace, PayloadBytes, Positive, plansOf, QUICK_PACE } from '../plan.ts';
import { FAN_OUT_PROGRAMS } from '../programs/program.ts';

export interface FanOutPlan extends Pace {
  readonly subscribers: readonly number[];
  readonly messagesPerTurn: readonly number[];
  readonly payloadBytes: readonly number[];
  /** Other payloads, which are measured with fewer numbers of subscribers. */
  readonly others: { readonly payloadBytes: readonly number[]; readonly subscribers: readonly number[] };
  /** Runs before the other workloads of the same processes, which are warm by then; thrown away, too. */
  readonly settleMs: number;
  /** The names of those that are measured. */
  readonly programs: readonly string[];
  /** For this long the load generator stands still at each delivery; 0 unless somebody wants to see what that changes. */
  readonly loadDelayMicros: number;
}

/** One line of the table, for every program. */
export interface Cell extends Workload {
  readonly subscribers: number;
  readonly messagesPerTurn: number;
  readonly payloadBytes: number;
}

const NAMES = FAN_OUT_PROGRAMS.map(({ name }) => name);

const FULL = {
  ...FULL_PACE,
  subscribers: [1, 10, 100, 1000, 5000],
  messagesPerTurn: [1, 16],
  payloadBytes: [128],
  others: { payloadBytes: [32, 1024], subscribers: [100, 1000] },
  programs: NAMES,
  loadDelayMicros: 0,
  repetitions: 5,
  repetitionMs: 200,
  warmUpMs: 600,
  settleMs: 150,
};

const QUICK = {
  ...FULL,
  ...QUICK_PACE,
  subscribers: [100, 1000],
  others: { payloadBytes: [], subscribers: [] },
  repetitionMs: 150,
  warmUpMs: 300,
  settleMs: 100,
};

const plans = plansOf(
  {
    subscribers: Type.Array(Positive, { minItems: 1 }),
    messagesPerTurn: Type.Array(Positive, { minItems: 1 }),
    payloadBytes: Type.Array(PayloadBytes, { minItems: 1 }),
    others: Type.Object({ payloadBytes: Type.Array(PayloadBytes), subscribers: Type.Array(Positive) }),
    programs: Type.Array(Type.Unsafe<string>({ enum: NAMES }), { minItems: 1 }),
    loadDelayMicros: Type.Integer({ minimum: 0, maximum: 1_000 }),
    settleMs: Duration,
    ...PACE,
  },
  FULL,
  QUICK,
);

/** The plan of a full or a quick run. Throws `BenchError` PLAN_INVALID that names what is wrong in `changes`. */
export const fanOutPlan = (quick: boolean, changes?: string): FanOutPlan => plans.plan(quick, changes);

/** Cells that the same processes serve, because they have the same subscribers. */
export interface Crowd {
  readonly subscribers: number;
  readonly cells: readonly Cell[];
}

export function crowdsOf(plan: FanOutPlan): Crowd[] {
  return plan.subscribers.map((subscribers) => {
    const payloads = [
      ...plan.payloadBytes,
      ...(plan.others.subscribers.includes(subscribers) ? plan.others.payloadBytes : []),
    ];
    const cells = payloads.flatMap((payloadBytes) =>
      plan.messagesPerTurn.map((messagesPerTurn) => ({ subscribers, messagesPerTurn, payloadBytes })),
    );
    return { subscribers, cells };
  });
}

export function cellsOf(crowds: readonly Crowd[]): Cell[] {
  return crowds.flatMap(({ cells }) => cells);
}
