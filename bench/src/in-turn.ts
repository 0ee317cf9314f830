/** Measures programs that are compared with each other: they run side by side, and are measured one at a time, in turn. */

import type { BenchRunOptions } from './benchmark.ts';
import { BenchError } from './errors.ts';

/** A program with all of its processes. */
export interface Opened {
  /** Starts what it needs and warms it up. */
  open(): Promise<void>;
  /** Ends its processes; called in any case. */
  end(): Promise<void>;
}

export interface Measurable<Sample> {
  measure(repetition: number): Promise<Sample>;
}

/** A program in one cell, with all of its processes. */
export interface Contender<Sample> extends Opened, Measurable<Sample> {}

export interface TurnsOptions<Sample> {
  readonly contenders: readonly Measurable<Sample>[];
  readonly repetitions: number;
  readonly signal: AbortSignal;
  readonly onSample: (sample: Sample) => void;
}

export interface InTurnOptions<Sample> extends TurnsOptions<Sample> {
  readonly contenders: readonly Contender<Sample>[];
}

export interface CellsOptions<Cell, Sample> extends BenchRunOptions {
  readonly cells: readonly Cell[];
  /** The programs in one cell. */
  contendersIn(cell: Cell): readonly Contender<Sample>[];
  readonly repetitions: number;
  /** How many measurements there will be. */
  readonly total: number;
  labelOf(sample: Sample): string;
}

/** Measures cell after cell, the programs in turn within each. Rejects with `BenchError` at the first fault. */
export async function measureCells<Cell, Sample>(options: CellsOptions<Cell, Sample>): Promise<Sample[]> {
  const { cells, repetitions, total, signal, onProgress } = options;
  const samples: Sample[] = [];
  const onSample = (sample: Sample) => {
    samples.push(sample);
    onProgress(samples.length, total, options.labelOf(sample));
  };
  for (const cell of cells) {
    await measureInTurn({ contenders: options.contendersIn(cell), repetitions, signal, onSample });
  }
  return samples;
}

/** Rejects with `BenchError` at the first fault. */
export function measureInTurn<Sample>(options: InTurnOptions<Sample>): Promise<void> {
  return whileOpen(options.contenders, options.signal, () => takeTurns(options));
}

/** Opens them, one after the other, and ends all of them whatever happens. */
export async function whileOpen(all: readonly Opened[], signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    // One after the other: two programs that warm up together would share the cores.
    for (const one of all) {
      throwIfStopped(signal);
      await one.open();
    }
    await work();
  } finally {
    await Promise.all(all.map((one) => one.end()));
  }
}

/** Measures each once, then each again. */
export async function takeTurns<Sample>(options: TurnsOptions<Sample>): Promise<void> {
  const { contenders, repetitions, signal, onSample } = options;
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    for (const contender of contenders) {
      throwIfStopped(signal);
      onSample(await contender.measure(repetition));
    }
  }
}

/** Throws `BenchError` STOPPED. */
export function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new BenchError('STOPPED', 'the run was stopped');
}

/** Adds to an error where it happened. */
export async function naming<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BenchError) || error.code === 'STOPPED') throw error;
    throw new BenchError(error.code, `${where}: ${error.message}`);
  }
}
