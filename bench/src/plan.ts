/** Plans: what a benchmark measures, and for how long. Each has its own schema; what they share is here. */

import Type, { type Static, type TObject, type TProperties } from 'typebox';
import { Compile } from 'typebox/compile';
import { firstFieldError } from '../../tools/runs/schema-errors.ts';
import { BenchError } from './errors.ts';
import { PAYLOAD_BYTES_MIN } from './load/payload.ts';

export const Positive = Type.Integer({ minimum: 1 });
export const Duration = Type.Integer({ minimum: 0 });

export const PayloadBytes = Type.Integer({ minimum: PAYLOAD_BYTES_MIN });

/** How long measurements take, for every benchmark that measures for a time. */
export const PACE = {
  /** Measurements of each program in each cell. */
  repetitions: Positive,
  /** A measurement ends with what completes first after this time … */
  repetitionMs: Duration,
  /** … or after this many messages: gateways remember every messageId, so their number is bounded. */
  repetitionMessagesMax: Positive,
  /** Runs before the first measurement of a cell; thrown away. */
  warmUpMs: Duration,
  /** A run in which nothing arrives for this long has lost a message. */
  silenceMsMax: Positive,
};

export const FULL_PACE = {
  repetitions: 7,
  repetitionMs: 1_000,
  repetitionMessagesMax: 50_000,
  warmUpMs: 1_000,
  silenceMsMax: 60_000,
};

export const QUICK_PACE = { ...FULL_PACE, repetitions: 3, repetitionMs: 300, warmUpMs: 600 };

export type Pace = Readonly<typeof FULL_PACE>;

/** Parts of a plan as JSON, over the plan that was asked for. The tests of the harness use it to be short. */
export const PLAN_VARIABLE = 'MICRO_SOCKET_BENCH_PLAN';

export interface Plans<P extends TProperties> {
  /** The plan of a full or a quick run. Throws `BenchError` PLAN_INVALID that names what is wrong in `changes`. */
  plan(quick: boolean, changes?: string): Static<TObject<P>>;
}

export function plansOf<P extends TProperties>(
  properties: P,
  full: Static<TObject<P>>,
  quick: Static<TObject<P>>,
): Plans<P> {
  const schema = Compile(Type.Object(properties, { additionalProperties: false }));
  return {
    plan(isQuick, changes) {
      const chosen: unknown = { ...(isQuick ? quick : full), ...parsed(changes) };
      if (schema.Check(chosen)) return chosen as Static<TObject<P>>;
      const { field, message } = firstFieldError(schema.Errors(chosen));
      throw new BenchError('PLAN_INVALID', `${PLAN_VARIABLE}: ${field} ${message}`);
    },
  };
}

function parsed(changes: string | undefined): object {
  try {
    return changes === undefined || changes === '' ? {} : JSON.parse(changes);
  } catch {
    throw new BenchError('PLAN_INVALID', `${PLAN_VARIABLE} is not JSON`);
  }
}
