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

/** Names of figures and settings: they are looked up among the texts of the pages. */
const WordSchema = Type.String({ pattern: '^[a-z][A-Za-z0-9]{0,63}$' });

const strict = { additionalProperties: false };
const WorkloadSchema = Type.Record(WordSchema, Amount, strict);
const SpreadsSchema = Type.Record(WordSchema, SpreadSchema, strict);

/** What a row is when it is put beside another one of the same run. */
const ComparisonSchema = Type.Object({
  program: Type.String({ minLength: 1 }),
  /** Where the other row has another workload than this one. */
  workload: Type.Optional(WorkloadSchema),
  /** This row's figure divided by the other one's, each from measurements that were taken one after the other. */
  ratios: SpreadsSchema,
  /** The figures whose ranges overlap, so that the measurements do not tell the two rows apart. */
  noise: Type.Array(WordSchema),
});

export const BenchRowSchema = Type.Object({
  program: Type.String({ minLength: 1 }),
  /** What was asked of the program: `{ subscribers: 10, payloadBytes: 128 }`. */
  workload: WorkloadSchema,
  /** What was measured. A program may lack a figure that others have. */
  figures: SpreadsSchema,
  /** The level at which the program answers that it has a message, where it names one. */
  durability: Type.Optional(NameSchema),
  comparisons: Type.Optional(Type.Array(ComparisonSchema)),
});

/** How the rows of a benchmark are drawn. */
const BenchLayoutSchema = Type.Object({
  /** The part of the workload along which lines are drawn; without it programs stand one below the other. */
  x: Type.Optional(WordSchema),
  /** The figures that are drawn, the main one first; the table has all of them. */
  charts: Type.Array(WordSchema, { minItems: 1 }),
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
  layout: BenchLayoutSchema,
  rows: Type.Array(BenchRowSchema),
  /** Programs that could not be measured here, and why. */
  skipped: Type.Optional(Type.Array(Type.Object({ program: Type.String({ minLength: 1 }), why: Type.String() }))),
  raw: Type.Array(Type.Unknown()),
});

/** How one check ended in one column. */
const VerifyCellSchema = Type.Object({
  status: Type.Union([Type.Literal('passed'), Type.Literal('failed'), Type.Literal('skipped')]),
  durationMs: Amount,
  /** What a gateway does that passes, and what this one did; only where the check failed. */
  expected: Type.Optional(Type.String()),
  came: Type.Optional(Type.String()),
  /** Why it was skipped. */
  reason: Type.Optional(Type.String()),
});

/** The conformance suite over every transport and encoding: a row for each check, a column for each way to connect. */
export const VerifyResultSchema = Type.Object({
  ...common,
  kind: Type.Literal('verify'),
  /** What `ready` said, and the bounds that were changed so that the run need not wait long. */
  gateway: Type.Object({
    durability: Type.String({ minLength: 1 }),
    retentionMessagesMax: Count,
    dedupWindowMs: Count,
    limits: Type.Record(Type.String(), Count),
  }),
  columns: Type.Array(
    Type.Object({
      transport: NameSchema,
      encoding: NameSchema,
      /** The highest level of which nothing failed, or `none`. */
      conforms: NameSchema,
      passed: Count,
      failed: Count,
      skipped: Count,
    }),
  ),
  passed: Count,
  failed: Count,
  skipped: Count,
  checks: Type.Array(
    Type.Object({
      id: NameSchema,
      level: NameSchema,
      title: Type.String(),
      proves: Type.Array(Type.String()),
      /** By column; null where the check means nothing in this encoding. */
      cells: Type.Array(Type.Union([VerifyCellSchema, Type.Null()])),
    }),
  ),
});

export type E2eResult = Static<typeof E2eResultSchema>;
export type BenchResult = Static<typeof BenchResultSchema>;
export type BenchRow = Static<typeof BenchRowSchema>;
export type BenchComparison = Static<typeof ComparisonSchema>;
export type BenchLayout = Static<typeof BenchLayoutSchema>;
export type Spread = Static<typeof SpreadSchema>;
export type VerifyResult = Static<typeof VerifyResultSchema>;
export type VerifyCell = Static<typeof VerifyCellSchema>;
export type RecordedResult = E2eResult | BenchResult | VerifyResult;

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
const verify = Compile(VerifyResultSchema);

/** Returns the value as a recorded result, or throws `InvalidResultError` naming the first wrong field. */
export function parseResult(value: unknown): RecordedResult {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  if (kind === 'e2e') {
    if (e2e.Check(value)) return withTrueCounts(value);
    throw invalid(e2e.Errors(value));
  }
  if (kind === 'bench') {
    if (bench.Check(value)) return withDrawableRows(value);
    throw invalid(bench.Errors(value));
  }
  if (kind === 'verify') {
    if (verify.Check(value)) return withTrueCells(value);
    throw invalid(verify.Errors(value));
  }
  throw new InvalidResultError('kind', 'must be "e2e", "bench" or "verify"');
}

/** The counts stand in the file for people who read it; they must agree with the tests that they count. */
function withTrueCounts(result: E2eResult): E2eResult {
  const passed = result.tests.filter((test) => test.status === 'passed').length;
  if (result.passed !== passed) throw new InvalidResultError('passed', `must be ${passed}, the number of passed tests`);
  const failed = result.tests.filter((test) => test.status === 'failed').length;
  if (result.failed !== failed) throw new InvalidResultError('failed', `must be ${failed}, the number of failed tests`);
  return result;
}

/** What the layout names must be there, or a page would draw nothing and say nothing. */
function withDrawableRows(result: BenchResult): BenchResult {
  const { layout, rows } = result;
  rows.forEach(({ workload }, at) => {
    if (layout.x !== undefined && workload[layout.x] === undefined) {
      throw new InvalidResultError(`rows.${at}.workload.${layout.x}`, 'is missing: the layout draws along it');
    }
  });
  layout.charts.forEach((figure, at) => {
    if (rows.length > 0 && rows.every(({ figures }) => figures[figure] === undefined)) {
      throw new InvalidResultError(`layout.charts.${at}`, `must be a figure that a row has, unlike ${figure}`);
    }
  });
  return result;
}

function withTrueCells(result: VerifyResult): VerifyResult {
  for (const { id, cells } of result.checks) {
    if (cells.length !== result.columns.length) {
      throw new InvalidResultError('checks', `must have a cell for each column in ${id}`);
    }
  }
  for (const status of ['passed', 'failed', 'skipped'] as const) {
    const ofColumn = result.columns.map(
      (_, column) => result.checks.filter(({ cells }) => cells[column]?.status === status).length,
    );
    ofColumn.forEach((count, column) => {
      if (result.columns[column]?.[status] === count) return;
      throw new InvalidResultError(`columns.${column}.${status}`, `must be ${count}, the number of ${status} checks`);
    });
    const total = ofColumn.reduce((sum, count) => sum + count, 0);
    if (result[status] !== total) throw new InvalidResultError(status, `must be ${total}, the sum of its columns`);
  }
  return result;
}

function invalid(errors: Parameters<typeof firstFieldError>[0]): InvalidResultError {
  const { field, message } = firstFieldError(errors);
  return new InvalidResultError(field, message);
}
