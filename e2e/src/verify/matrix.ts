/** One result of several reports: a row for each check, a column for each way to connect and encoding. */

import type { Provenance } from '../../../tools/runs/provenance.ts';
import type { VerifyCell, VerifyResult } from '../../../tools/runs/result-schema.ts';
import { CHECKS } from './checks/index.ts';
import type { Level } from './level.ts';
import { type CheckOutcome, levelReached, type VerifyReport } from './run.ts';
import type { Way } from './ways.ts';

const METHOD =
  'One gateway process listens over every transport, with the memory backbone; others listen over WebSocket, with each ' +
  'other backbone behind them. The conformance suite, which knows nothing of them but their addresses, connects to each ' +
  'of them in both encodings. Checks wait for events, never for a time.';

export interface MatrixRun {
  readonly provenance: Provenance;
  readonly level: Level;
  /** The bounds of the gateway that differ from the defaults. */
  readonly limits: Readonly<Record<string, number>>;
  readonly reports: readonly { readonly transport: Way; readonly report: VerifyReport }[];
}

/** The result of a run, as it is recorded and shown. */
export function matrixOf({ provenance, level, limits, reports }: MatrixRun): VerifyResult {
  const columns = reports.flatMap(({ transport, report }) =>
    report.encodings.map((encoding) => {
      const outcomes = report.checks.filter((outcome) => outcome.encoding === encoding);
      return { transport, encoding, outcomes };
    }),
  );
  const made = CHECKS.filter(({ id }) => columns.some(({ outcomes }) => outcomes.some((outcome) => outcome.id === id)));
  const facts = reports.find(({ report }) => report.gateway !== undefined)?.report.gateway;
  return {
    schema: 1,
    kind: 'verify',
    name: 'verify',
    method: METHOD,
    methodKey: 'verify',
    provenance,
    gateway: {
      durability: facts?.durability ?? 'unknown',
      retentionMessagesMax: facts?.retention.messagesMax ?? 0,
      dedupWindowMs: facts?.dedupWindowMs ?? 0,
      limits: { ...limits },
    },
    columns: columns.map(({ transport, encoding, outcomes }) => ({
      transport,
      encoding,
      conforms: levelReached(outcomes, level),
      ...countsOf(outcomes),
    })),
    ...countsOf(columns.flatMap(({ outcomes }) => outcomes)),
    checks: made.map(({ id, level: of, title, proves }) => ({
      id,
      level: of,
      title,
      proves: [...proves],
      cells: columns.map(({ outcomes }) => cellOf(outcomes.find((outcome) => outcome.id === id))),
    })),
  };
}

function countsOf(outcomes: readonly CheckOutcome[]) {
  const count = (status: CheckOutcome['status']) => outcomes.filter((outcome) => outcome.status === status).length;
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

function cellOf(outcome: CheckOutcome | undefined): VerifyCell | null {
  if (outcome === undefined) return null;
  const { status, durationMs, expected, came, reason } = outcome;
  return {
    status,
    durationMs,
    ...(expected === undefined ? {} : { expected }),
    ...(came === undefined ? {} : { came }),
    ...(reason === undefined ? {} : { reason }),
  };
}
