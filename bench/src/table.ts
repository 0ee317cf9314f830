/** The result as text for a terminal. */

import type { BenchResult, BenchRow, Spread } from '../../tools/runs/result-schema.ts';
import { FIGURES, type FigureName, WORKLOAD_PARTS, type WorkloadPart } from './figures.ts';

interface Column {
  readonly head: string;
  text(row: BenchRow): string;
}

/** A table of the rows, what was left out, then how they were got. */
export function tableText({ rows, skipped = [], method, provenance }: BenchResult): string {
  const columns = columnsOf(rows);
  const lines = [columns.map(({ head }) => head), ...rows.map((row) => columns.map(({ text }) => text(row)))];
  const widths = columns.map((_, place) => Math.max(...lines.map((line) => line[place]?.length ?? 0)));
  const table = lines.map((line) => line.map((text, place) => text.padEnd(widths[place] as number)).join('  '));
  const { machine, node, commit, dirty } = provenance;
  const where = `${machine.cpu}, ${machine.cores} cores, ${machine.os}, Node ${node}, commit ${commit}${dirty ? ' with changes' : ''}`;
  const notMeasured = skipped.map(({ program, why }) => `Not measured: ${program}. ${why}\n`).join('');
  return [
    `${table.map((line) => line.trimEnd()).join('\n')}\n`,
    ...(notMeasured === '' ? [] : [notMeasured]),
    `${method.replaceAll('; ', ';\n').replaceAll('. ', '.\n')}\n`,
    `${where}\n`,
  ].join('\n');
}

function columnsOf(rows: readonly BenchRow[]): Column[] {
  const parts = Object.entries(WORKLOAD_PARTS).filter(([part]) => rows.some((row) => row.workload[part] !== undefined));
  const figures = Object.entries(FIGURES).filter(([name]) => rows.some((row) => row.figures[name] !== undefined));
  const named = rows.some(({ durability }) => durability !== undefined);
  return [
    ...parts.map(([part, head]) => ({ head, text: (row: BenchRow) => countText(row.workload[part as WorkloadPart]) })),
    { head: 'program', text: ({ program }) => program },
    ...(named ? [{ head: 'durability', text: ({ durability = '' }: BenchRow) => durability }] : []),
    ...figures.map(([name, { head }]) => ({ head, text: (row: BenchRow) => figureText(name as FigureName, row) })),
  ];
}

/** The median and its range, then how it stands beside the others. */
function figureText(name: FigureName, { figures, comparisons = [] }: BenchRow): string {
  const measured = figures[name];
  if (measured === undefined) return '';
  const spread = name === 'heldBytes' ? inMegabytes(measured) : measured;
  if (name.endsWith('Share')) return `${Math.round(spread.median * 100)} %`;
  if (name === 'rssBytes') return (spread.median / 1e6).toFixed(0);
  const ratios = comparisons.flatMap(({ program, workload, ratios: all, noise }) => {
    const ratio = all[name];
    if (ratio === undefined) return [];
    const other = workload === undefined ? program : `${program} with ${workloadText(workload)}`;
    return [`${noise.includes(name) ? 'noise, ' : ''}${ratio.median.toFixed(2)} × ${other}`];
  });
  return [spreadText(spread), ...ratios].join('; ');
}

function spreadText({ median, min, max }: Spread): string {
  const [middle, least, most] = [median, min, max].map(numberText);
  return `${middle} (${least}–${most})`;
}

function inMegabytes({ median, min, max }: Spread): Spread {
  return { median: median / 1e6, min: min / 1e6, max: max / 1e6 };
}

/** Three digits that were measured; more would be noise. */
function numberText(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

function workloadText(workload: Readonly<Record<string, number>>): string {
  const parts = Object.entries(workload).map(([part, value]) => `${countText(value)} ${headOf(part)}`);
  return parts.join(', ');
}

function headOf(part: string): string {
  return (WORKLOAD_PARTS as Readonly<Record<string, string>>)[part] ?? part;
}

function countText(value: number | undefined): string {
  return value === undefined ? '' : value.toLocaleString('en');
}
