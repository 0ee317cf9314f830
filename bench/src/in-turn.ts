/** Measures programs that are compared with each other: they run side by side, and are measured one at a time, in turn. */

import { BenchError } from './errors.ts';

/** A program in one cell, with all of its processes. */
export interface Contender<Sample> {
  /** Starts what it needs and warms it up. */
  open(): Promise<void>;
  measure(repetition: number): Promise<Sample>;
  /** Ends its processes; called in any case. */
  end(): Promise<void>;
}

export interface InTurnOptions<Sample> {
  readonly contenders: readonly Contender<Sample>[];
  readonly repetitions: number;
  readonly signal: AbortSignal;
  readonly onSample: (sample: Sample) => void;
}

/** Rejects with `BenchError` at the first fault. */
export async function measureInTurn<Sample>(options: InTurnOptions<Sample>): Promise<void> {
  const { contenders, repetitions, signal, onSample } = options;
  try {
    // One after the other: two programs that warm up together would share the cores.
    for (const contender of contenders) {
      throwIfStopped(signal);
      await contender.open();
    }
    for (let repetition = 1; repetition <= repetitions; repetition++) {
      for (const contender of contenders) {
        throwIfStopped(signal);
        onSample(await contender.measure(repetition));
      }
    }
  } finally {
    await Promise.all(contenders.map((contender) => contender.end()));
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
