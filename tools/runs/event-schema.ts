/** The events of `events.ts` as schemas, for whoever reads them from a process that it does not trust to be well behaved. */

import Type from 'typebox';
import { Compile } from 'typebox/compile';
import type { RunEvent, SuiteInfo } from './events.ts';

const Count = Type.Integer({ minimum: 0 });
const Duration = Type.Number({ minimum: 0 });

/** Names become file names and arguments, so nothing that a shell or a file system could read in another way. */
export const NameSchema = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$' });

const TestInfoSchema = Type.Object({
  id: Type.String({ minLength: 1 }),
  title: Type.String(),
  proves: Type.Array(Type.String()),
});

export const TestOutcomeSchema = Type.Object({
  id: Type.String({ minLength: 1 }),
  title: Type.String(),
  proves: Type.Array(Type.String()),
  status: Type.Union([Type.Literal('passed'), Type.Literal('failed'), Type.Literal('skipped')]),
  durationMs: Duration,
  error: Type.Optional(Type.String()),
});

const SuiteInfoSchema = Type.Object({
  name: NameSchema,
  title: Type.String(),
  tests: Type.Array(TestInfoSchema),
});

const KindSchema = Type.Union([Type.Literal('e2e'), Type.Literal('bench'), Type.Literal('verify')]);

const RunEventSchema = Type.Union([
  Type.Object({ t: Type.Literal('plan'), kind: KindSchema, suites: Type.Array(SuiteInfoSchema), total: Count }),
  Type.Object({ t: Type.Literal('test-start'), suite: Type.String(), id: Type.String() }),
  Type.Object({ t: Type.Literal('test-end'), suite: Type.String(), outcome: TestOutcomeSchema }),
  Type.Object({ t: Type.Literal('progress'), done: Count, total: Count, label: Type.String() }),
  Type.Object({ t: Type.Literal('log'), line: Type.String() }),
  Type.Object({
    t: Type.Literal('end'),
    ok: Type.Boolean(),
    durationMs: Duration,
    results: Type.Array(Type.Unknown()),
  }),
]);

const runEvent = Compile(RunEventSchema);
const suiteList = Compile(Type.Array(SuiteInfoSchema));

/** The event that a line of output holds, or undefined when the line is something else. */
export function parseRunEvent(line: string): RunEvent | undefined {
  const value = parseJson(line);
  return runEvent.Check(value) ? (value as RunEvent) : undefined;
}

/** The suites that `--list --json` printed, or undefined when the text is something else. */
export function parseSuiteList(text: string): SuiteInfo[] | undefined {
  const value = parseJson(text);
  return suiteList.Check(value) ? (value as SuiteInfo[]) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
