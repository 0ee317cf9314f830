/** Runs the conflation benchmark: cell after cell, the programs in turn within each. */

import type { Benchmark, BenchRunOptions, Findings } from '../benchmark.ts';
import { type FeedProgramEntry, NAIVE, PRICE_FEED } from '../channels/feed-program.ts';
import { wsVersion } from '../fan-out/run.ts';
import { measureCells } from '../in-turn.ts';
import { PLAN_VARIABLE } from '../plan.ts';
import { LIMITS } from '../processes/gateway.ts';
import { choosePinning } from '../processes/pinning.ts';
import { type RowProgram, rowsOf } from '../rows.ts';
import { METHOD_KEY, methodText } from './method.ts';
import { type ConflationPlan, conflationPlan } from './plan.ts';
import { type ConflationSample, measuredOf } from './sample.ts';
import { Trial } from './trial.ts';

const NAIVE_NAME = 'naive';

/** What subscribers of a tier ask for follows from the plan. */
export function programsOf({ tierHz }: ConflationPlan): FeedProgramEntry[] {
  return [
    {
      name: 'price-feed-tier',
      module: PRICE_FEED,
      wish: { mode: 'keyed', maxRateHz: tierHz },
      delivers: 'newest',
    },
    { name: 'price-feed', module: PRICE_FEED, wish: { mode: 'keyed' }, delivers: 'newest' },
    { name: NAIVE_NAME, module: NAIVE, wish: { mode: 'keyed' }, delivers: 'every' },
  ];
}

export interface ConflationOptions extends BenchRunOptions {
  readonly plan: ConflationPlan;
  readonly programs: readonly FeedProgramEntry[];
}

export const conflation: Benchmark = {
  info: { name: 'conflation', title: 'Conflation: rate tiers and slow readers', tests: [] },
  prepare(quick) {
    const plan = conflationPlan(quick, process.env[PLAN_VARIABLE]);
    const programs = programsOf(plan);
    return {
      total: stepsOf(plan, programs),
      run: (options) => runConflation({ plan, programs, ...options }),
    };
  },
};

/** Measures everything. Rejects with `BenchError` at the first fault of a program; there are no figures then. */
export async function runConflation({ plan, programs, signal, onProgress }: ConflationOptions): Promise<Findings> {
  const pinning = choosePinning();
  const raw = await measureCells({
    cells: plan.cells,
    contendersIn: (cell) => programs.map((program) => new Trial({ program, cell, plan, pinning, signal })),
    repetitions: plan.repetitions,
    total: stepsOf(plan, programs),
    signal,
    onProgress,
    labelOf: (sample) => labelOf(sample, plan),
  });
  const measured = raw.map(measuredOf);
  const rowPrograms: RowProgram[] = programs.map(({ name }) => ({
    name,
    beside: name === NAIVE_NAME ? [] : [{ program: NAIVE_NAME }],
  }));
  return {
    method: methodText(plan, pinning),
    methodKey: METHOD_KEY,
    settings: {
      ...plan,
      programs: programs.map(({ name }) => name),
      encoding: 'json',
      ws: wsVersion(),
      limits: LIMITS,
      pinning,
    },
    layout: { x: 'subscribers', charts: ['cpuMicrosPerTick', 'heldBytes'] },
    rows: plan.cells.flatMap(({ ticks: _, ...cell }) => rowsOf(cell, rowPrograms, measured)),
    raw,
  };
}

function stepsOf(plan: ConflationPlan, programs: readonly FeedProgramEntry[]): number {
  return plan.cells.length * plan.repetitions * programs.length;
}

function labelOf({ program, subscribers, slowReaders, repetition }: ConflationSample, plan: ConflationPlan): string {
  return `${subscribers} subscribers, ${slowReaders} of them slow: ${program}, ${repetition} of ${plan.repetitions}`;
}
