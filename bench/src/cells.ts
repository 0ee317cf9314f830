/** What the fan-out benchmark measures: its cells, and how long each is measured. */

import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { firstFieldError } from '../../tools/runs/schema-errors.ts';
import { BenchError } from './errors.ts';
import { PAYLOAD_BYTES_MIN } from './load/payload.ts';

const Positive = Type.Integer({ minimum: 1 });
const Duration = Type.Integer({ minimum: 0 });

const PlanSchema = Type.Object(
  {
    subscribers: Type.Array(Positive, { minItems: 1 }),
    messagesPerTurn: Type.Array(Positive, { minItems: 1 }),
    payloadBytes: Type.Array(Type.Integer({ minimum: PAYLOAD_BYTES_MIN }), { minItems: 1 }),
    /** Measurements of each program in each cell. */
    repetitions: Positive,
    /** A measurement ends with the first turn that completes after this time … */
    repetitionMs: Duration,
    /** … or after this many messages: the gateway remembers every messageId, so their number is bounded. */
    repetitionMessagesMax: Positive,
    /** Runs before the first measurement of a cell; thrown away. */
    warmUpMs: Duration,
    /** A run in which nothing arrives for this long has lost a message. */
    silenceMsMax: Positive,
  },
  { additionalProperties: false },
);

export type FanOutPlan = Readonly<Static<typeof PlanSchema>>;

/** One line of the table, for every program. */
export interface Cell {
  readonly subscribers: number;
  readonly messagesPerTurn: number;
  readonly payloadBytes: number;
}

const FULL: FanOutPlan = {
  subscribers: [1, 10, 100, 1000],
  messagesPerTurn: [1, 16],
  payloadBytes: [128],
  repetitions: 7,
  repetitionMs: 1_000,
  repetitionMessagesMax: 50_000,
  warmUpMs: 1_000,
  silenceMsMax: 60_000,
};

const QUICK: FanOutPlan = { ...FULL, subscribers: [1, 10, 100], repetitions: 3, repetitionMs: 300, warmUpMs: 600 };

/** Parts of a plan as JSON, over the plan that was asked for. The tests of the harness use it to be short. */
export const PLAN_VARIABLE = 'MICRO_SOCKET_BENCH_PLAN';

const plan = Compile(PlanSchema);

/** The plan of a full or a quick run. Throws `BenchError` PLAN_INVALID that names what is wrong in `changes`. */
export function fanOutPlan(quick: boolean, changes: string | undefined): FanOutPlan {
  const chosen: unknown = { ...(quick ? QUICK : FULL), ...parsed(changes) };
  if (plan.Check(chosen)) return chosen;
  const { field, message } = firstFieldError(plan.Errors(chosen));
  throw new BenchError('PLAN_INVALID', `${PLAN_VARIABLE}: ${field} ${message}`);
}

export function cellsOf({ subscribers, messagesPerTurn, payloadBytes }: FanOutPlan): Cell[] {
  return payloadBytes.flatMap((bytes) =>
    subscribers.flatMap((count) =>
      messagesPerTurn.map((messages) => ({ subscribers: count, messagesPerTurn: messages, payloadBytes: bytes })),
    ),
  );
}

function parsed(changes: string | undefined): object {
  try {
    return changes === undefined || changes === '' ? {} : JSON.parse(changes);
  } catch {
    throw new BenchError('PLAN_INVALID', `${PLAN_VARIABLE} is not JSON`);
  }
}
