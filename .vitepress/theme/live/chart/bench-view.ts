/** Turns the rows of a benchmark into what charts and tables show. */

import type { BenchComparison, BenchRow } from '../../../../tools/runs/result-schema.ts';
import type { Dot } from './dots.ts';
import type { Series } from './layout.ts';

/** Rows that may be compared with each other: they differ in their program, and in the part that is drawn along. */
export interface Workload {
  readonly key: string;
  /** What the rows have in common. */
  readonly parts: Readonly<Record<string, number>>;
  readonly rows: readonly BenchRow[];
}

/** In the order in which they were measured. */
export function workloadsOf(rows: readonly BenchRow[], x: string | undefined): Workload[] {
  const workloads = new Map<string, Workload & { rows: BenchRow[] }>();
  for (const row of rows) {
    const parts = Object.fromEntries(Object.entries(row.workload).filter(([part]) => part !== x));
    const key = JSON.stringify(parts);
    const workload = workloads.get(key) ?? { key, parts, rows: [] };
    workload.rows.push(row);
    workloads.set(key, workload);
  }
  return [...workloads.values()];
}

/** One series a program, in the order in which the programs were measured. */
export function seriesOf(rows: readonly BenchRow[], x: string, figure: string): Series[] {
  const programs = [...new Set(rows.map(({ program }) => program))];
  return programs.map((name) => ({
    name,
    points: rows.flatMap(({ program, workload, figures }) => {
      const [at, spread] = [workload[x], figures[figure]];
      return program === name && at !== undefined && spread !== undefined ? [{ x: at, ...spread }] : [];
    }),
  }));
}

/** One dot a program. `noteOf` says in a few words how it stands beside another one. */
export function dotsOf(
  rows: readonly BenchRow[],
  figure: string,
  noteOf: (comparison: BenchComparison) => string,
): Dot[] {
  const measures = new Set(rows.flatMap(({ comparisons = [] }) => comparisons.map(({ program }) => program)));
  return rows.flatMap(({ program, figures, comparisons = [] }) => {
    const spread = figures[figure];
    if (spread === undefined) return [];
    const [first] = comparisons.filter(({ ratios }) => ratios[figure] !== undefined);
    // Only a program that is a measure and nothing else is drawn as one.
    const isMeasure = comparisons.length === 0 && measures.has(program);
    return [{ name: program, note: first === undefined ? '' : noteOf(first), isMeasure, ...spread }];
  });
}

/** The figures that any of the rows has: those that are drawn first, then the others in their own order. */
export function figuresOf(rows: readonly BenchRow[], charts: readonly string[]): string[] {
  const all = rows.flatMap(({ figures }) => Object.keys(figures));
  return [...new Set([...charts, ...all])].filter((figure) => all.includes(figure));
}
