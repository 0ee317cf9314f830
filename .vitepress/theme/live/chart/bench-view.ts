/** Turns the rows of a benchmark into what charts and tables show. */

import type { BenchRow, Spread } from '../../../../tools/runs/result-schema.ts';
import type { Series } from './layout.ts';

/** Rows that may be compared with each other: one payload size, one number of messages per turn. */
export interface Workload {
  readonly key: string;
  readonly payloadBytes: number;
  readonly messagesPerTurn: number;
  readonly rows: readonly BenchRow[];
}

export function workloadsOf(rows: readonly BenchRow[]): Workload[] {
  const workloads = new Map<string, Workload & { rows: BenchRow[] }>();
  for (const row of rows) {
    const { payloadBytes, messagesPerTurn } = row;
    const key = `${payloadBytes}/${messagesPerTurn}`;
    const workload = workloads.get(key) ?? { key, payloadBytes, messagesPerTurn, rows: [] };
    workload.rows.push(row);
    workloads.set(key, workload);
  }
  return [...workloads.values()].sort(
    (a, b) => a.payloadBytes - b.payloadBytes || a.messagesPerTurn - b.messagesPerTurn,
  );
}

/** One series a program, in the order in which the programs were measured. */
export function seriesOf(rows: readonly BenchRow[], figure: (row: BenchRow) => Spread): Series[] {
  const programs = [...new Set(rows.map(({ program }) => program))];
  return programs.map((name) => ({
    name,
    points: rows.filter(({ program }) => program === name).map((row) => ({ x: row.subscribers, ...figure(row) })),
  }));
}
