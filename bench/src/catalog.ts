/** The benchmarks that there are. */

import type { SuiteInfo } from '../../tools/runs/events.ts';
import { fanOutPlan, PLAN_VARIABLE } from './cells.ts';
import { FAN_OUT_PROGRAMS } from './programs/program.ts';
import type { FanOutFindings } from './result.ts';
import { runFanOut, stepsOf } from './run-fan-out.ts';

export interface BenchRunOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number, label: string) => void;
}

/** A benchmark that is ready to run. */
export interface PreparedRun {
  /** The number of measurements, which is how far progress counts. */
  readonly total: number;
  run(options: BenchRunOptions): Promise<FanOutFindings>;
}

export interface Benchmark {
  readonly info: SuiteInfo;
  /** Throws `BenchError` PLAN_INVALID when the environment asks for a plan that cannot be. */
  prepare(quick: boolean): PreparedRun;
}

const fanOut: Benchmark = {
  info: { name: 'fan-out', title: 'Fan-out: one publisher, N subscribers, one topic', tests: [] },
  prepare(quick) {
    const plan = fanOutPlan(quick, process.env[PLAN_VARIABLE]);
    const programs = FAN_OUT_PROGRAMS;
    return {
      total: stepsOf({ plan, programs }),
      run: (options) => runFanOut({ plan, programs, ...options }),
    };
  },
};

export const BENCHMARKS: readonly Benchmark[] = [fanOut];
