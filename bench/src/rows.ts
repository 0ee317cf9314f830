/** Makes the rows of a result out of single measurements. No clock, no processes. */

import type { BenchComparison, BenchRow, Spread } from '../../tools/runs/result-schema.ts';
import { FIGURES, type FigureName, type Workload } from './figures.ts';
import { overlap, rounded, spreadOf } from './stats.ts';

/** One measurement of one program. */
export interface Measured {
  readonly program: string;
  readonly workload: Workload;
  /** From 1 on. Programs that are compared were measured one after the other in each. */
  readonly repetition: number;
  readonly figures: Readonly<Partial<Record<FigureName, number>>>;
}

/** Something that a row is put beside. */
export interface Beside {
  readonly program: string;
  /** Where the other row has another workload than this one. */
  readonly workload?: Workload;
}

/** A program as the rows show it. */
export interface RowProgram {
  readonly name: string;
  readonly durability?: string | undefined;
  readonly beside?: readonly Beside[] | undefined;
}

/** The rows of one workload, one for each program that was measured, in the order of `programs`. */
export function rowsOf(workload: Workload, programs: readonly RowProgram[], samples: readonly Measured[]): BenchRow[] {
  return programs.flatMap(({ name, durability, beside = [] }) => {
    const own = samplesOf(samples, name, workload);
    if (own.length === 0) return [];
    const comparisons = beside.flatMap((other) => comparisonOf(own, samples, other));
    return [
      {
        program: name,
        workload: { ...workload },
        figures: figuresOf(own),
        ...(durability === undefined ? {} : { durability }),
        ...(comparisons.length === 0 ? {} : { comparisons }),
      },
    ];
  });
}

function figuresOf(samples: readonly Measured[]): Record<string, Spread> {
  const figures: Record<string, Spread> = {};
  for (const [name, { digits }] of Object.entries(FIGURES)) {
    const values = samples.flatMap((sample) => sample.figures[name as FigureName] ?? []);
    if (values.length > 0) figures[name] = spreadOf(values, digits);
  }
  return figures;
}

const RATIO_DIGITS = 3;

/** Nothing where the other one was not measured. */
function comparisonOf(own: readonly Measured[], all: readonly Measured[], other: Beside): BenchComparison[] {
  const [first] = own;
  if (first === undefined) return [];
  const others = samplesOf(all, other.program, other.workload ?? first.workload);
  const [mine, theirs] = [figuresOf(own), figuresOf(others)];
  const ratios: Record<string, Spread> = {};
  const noise: string[] = [];
  for (const [name, spread] of Object.entries(mine)) {
    const against = theirs[name];
    if (!FIGURES[name as FigureName].isCompared || against === undefined || against.min <= 0) continue;
    ratios[name] = spreadOf(ratiosOf(own, others, name as FigureName), RATIO_DIGITS);
    if (overlap(spread, against)) noise.push(name);
  }
  if (Object.keys(ratios).length === 0) return [];
  return [
    {
      ...(other.workload === undefined ? {} : { workload: { ...other.workload } }),
      program: other.program,
      ratios,
      noise,
    },
  ];
}

/** By repetition: what disturbs the machine for a while disturbs both. */
function ratiosOf(own: readonly Measured[], others: readonly Measured[], figure: FigureName): number[] {
  return own.flatMap(({ repetition, figures }) => {
    const [mine, theirs] = [figures[figure], others.find((other) => other.repetition === repetition)?.figures[figure]];
    return mine === undefined || theirs === undefined ? [] : [mine / theirs];
  });
}

function samplesOf(samples: readonly Measured[], program: string, workload: Workload): Measured[] {
  return samples.filter((sample) => sample.program === program && isSame(sample.workload, workload));
}

function isSame(a: Workload, b: Workload): boolean {
  const entries = Object.entries(a);
  return (
    entries.length === Object.keys(b).length && entries.every(([part, value]) => b[part as keyof Workload] === value)
  );
}

/** CPU time per second of time. */
export function shareOf(cpuMicros: number, elapsedMs: number): number {
  return rounded(cpuMicros / 1_000 / elapsedMs, 3);
}
