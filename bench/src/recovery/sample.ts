/** One measurement of the recovery benchmark. */

import type { Measured } from '../rows.ts';

/** Kept as it was taken. */
export interface RecoverySample {
  readonly program: string;
  readonly storedMessages: number;
  /** From 1 on. */
  readonly repetition: number;
  /** From the start of the process until it serves. */
  readonly startMs: number;
}

export function measuredOf({ program, storedMessages, repetition, startMs }: RecoverySample): Measured {
  return { program, repetition, workload: { storedMessages }, figures: { startMs } };
}
