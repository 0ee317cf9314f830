/** What a benchmark is to the command and to the pages, whatever it measures. */

import type { SuiteInfo } from '../../tools/runs/events.ts';
import type { BenchLayout, BenchRow } from '../../tools/runs/result-schema.ts';

export interface BenchRunOptions {
  /** Ends the run, and every process of it, when it is aborted. */
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number, label: string) => void;
}

/** A program that could not be measured here. */
export interface Skipped {
  readonly program: string;
  /** One sentence. */
  readonly why: string;
}

/** What a finished run adds to a result, before it is known where and when it ran. */
export interface Findings {
  /** How the figures were got, in sentences that stand beside them. */
  readonly method: string;
  /** Names the translations of `method`. */
  readonly methodKey: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly layout: BenchLayout;
  readonly rows: readonly BenchRow[];
  readonly skipped?: readonly Skipped[];
  /** Every measurement as it was taken. */
  readonly raw: readonly unknown[];
}

/** A benchmark that is ready to run. */
export interface PreparedRun {
  /** The number of measurements, which is how far progress counts. */
  readonly total: number;
  /** Rejects with `BenchError` at the first fault of a program; there are no figures then. */
  run(options: BenchRunOptions): Promise<Findings>;
}

export interface Benchmark {
  readonly info: SuiteInfo;
  /** Throws `BenchError` PLAN_INVALID when the environment asks for a plan that cannot be. */
  prepare(quick: boolean): PreparedRun;
}
