/** Measures programs that are compared with each other: they run side by side, and are measured one at a time, in turn. */

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
