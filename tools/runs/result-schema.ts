/**
 * What a recorded result looks like.
 *
 * The command lines write these files with `--record`, the dev server writes them when a reader saves a live run, and the
 * pages read them. All three go through `parseResult`, so a page never shows a file that nobody checked.
 */

import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { NameSchema, TestOutcomeSchema } from './event-schema.ts';
import { firstFieldError } from './schema-errors.ts';

const Count = Type.Integer({ minimum: 0 });
const Amount = Type.Number({ minimum: 0 });

export const ProvenanceSchema = Type.Object({
  command: Type.String({ minLength: 1 }),
  startedAt: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$' }),
  durationMs: Amount,
  commit: Type.String({ minLength: 1 }),
  dirty: Type.Boolean(),
  node: Type.String({ minLength: 1 }),
  machine: Type.Object({ os: Type.String(), cpu: Type.String(), cores: Count, memoryBytes: Count }),
});

/** The middle and the extremes of several measurements of one thing. */
const SpreadSchema = Type.Object({ median: Amount, min: Amount, max: Amount });

export const BenchRowSchema = Type.Object({
  program: Type.String({ minLength: 1 }),
  subscribers: Type.Integer({ minimum: 1 }),
  payloadBytes: Count,
  messagesPerTurn: Type.Integer({ minimum: 1 }),
  cpuMicrosPerDelivery: SpreadSchema,
  deliveriesPerSecond: SpreadSchema,
  rssBytes: Amount,
  /** CPU time of the load generator per second: near 1, it and not the server set the pace. */
  loadCpuShare: Type.Optional(Amount),
  /** True when the measurements do not tell the programs of this cell apart. */
  noise: Type.Optional(Type.Boolean()),
});

const common = {
  schema: Type.Literal(1),
  name: NameSchema,
  /** How the result was got, in a few English sentences. */
  method: Type.String(),
  /** Names the translations of `method`, where there are any. */
  methodKey: Type.Optional(NameSchema),
  provenance: ProvenanceSchema,
};

export const E2eResultSchema = Type.Object({
  ...common,
  kind: Type.Literal('e2e'),
  /** The suite's English title. */
  title: Type.Optional(Type.String()),
  /** Where the suite stands among the suites, from 0. */
  place: Type.Optional(Count),
  passed: Count,
  failed: Count,
  tests: Type.Array(TestOutcomeSchema),
});

export const BenchResultSchema = Type.Object({
  ...common,
  kind: Type.Literal('bench'),
  settings: Type.Record(Type.String(), Type.Unknown()),
  rows: Type.Array(BenchRowSchema),
  raw: Type.Array(Type.Unknown()),
});

export type E2eResult = Static<typeof E2eResultSchema>;
export type BenchResult = Static<typeof BenchResultSchema>;
export type BenchRow = Static<typeof BenchRowSchema>;
export type Spread = Static<typeof SpreadSchema>;
export type RecordedResult = E2eResult | BenchResult;

/** A value that was meant to be a recorded result and is not. `field` is the path of the first wrong field. */
export class InvalidResultError extends Error {
  readonly code = 'INVALID_RESULT';
  readonly field: string;

  constructor(field: string, message: string) {
    super(field === '' ? `the result ${message}` : `${field} ${message}`);
    this.name = 'InvalidResultError';
    this.field = field;
  }
}

const e2e = Compile(E2eResultSchema);
const bench = Compile(BenchResultSchema);

/** Returns the value as a recorded result, or throws `InvalidResultError` naming the first wrong field. */
export function parseResult(value: unknown): RecordedResult {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  if (kind === 'e2e') {
    if (e2e.Check(value)) return withTrueCounts(value);
    throw invalid(e2e.Errors(value));
  }
  if (kind === 'bench') {
    if (bench.Check(value)) return value;
    throw invalid(bench.Errors(value));
  }
  throw new InvalidResultError('kind', 'must be "e2e" or "bench"');
}

/** The counts stand in the file for people who read it; they must agree with the tests that they count. */
function withTrueCounts(result: E2eResult): E2eResult {
  const passed = result.tests.filter((test) => test.status === 'passed').length;
  if (result.passed !== passed) throw new InvalidResultError('passed', `must be ${passed}, the number of passed tests`);
  const failed = result.tests.length - passed;
  if (result.failed !== failed) throw new InvalidResultError('failed', `must be ${failed}, the number of failed tests`);
  return result;
}

function invalid(errors: Parameters<typeof firstFieldError>[0]): InvalidResultError {
  const { field, message } = firstFieldError(errors);
  return new InvalidResultError(field, message);
}
