/** Runs the deliveries benchmark: cell after cell, the programs in turn within each. */

import type { Benchmark, BenchRunOptions, Findings } from '../benchmark.ts';
import { wsVersion } from '../fan-out/run.ts';
import { measureCells } from '../in-turn.ts';
import { PLAN_VARIABLE } from '../plan.ts';
import { LIMITS } from '../processes/gateway.ts';
import { onSite } from '../processes/site.ts';
import { present, skippedOf } from '../programs/presence.ts';
import { rowsOf } from '../rows.ts';
import { Delivering } from './delivering.ts';
import { METHOD_KEY, methodText } from './method.ts';
import { cellsOf, type DeliveriesPlan, deliveriesPlan } from './plan.ts';
import { type DeliveryProgram, PROGRAMS } from './programs.ts';
import { type DeliverySample, measuredOf } from './sample.ts';

export interface DeliveriesOptions extends BenchRunOptions {
  readonly plan: DeliveriesPlan;
  readonly programs: readonly DeliveryProgram[];
}

export const deliveries: Benchmark = {
  info: { name: 'deliveries', title: 'Deliveries: one gateway, and two on one backbone', tests: [] },
  prepare(quick) {
    const plan = deliveriesPlan(quick, process.env[PLAN_VARIABLE]);
    return {
      total: stepsOf(plan, PROGRAMS),
      run: (options) => runDeliveries({ plan, programs: PROGRAMS, ...options }),
    };
  },
};

/** Measures everything. Rejects with `BenchError` at the first fault of a program; there are no figures then. */
export function runDeliveries({ plan, programs, signal, onProgress }: DeliveriesOptions): Promise<Findings> {
  return onSite(signal, async (site) => {
    const cells = cellsOf(plan);
    const raw = await measureCells({
      cells,
      contendersIn: (cell) => present(programs).map((program) => new Delivering({ program, cell, plan, site })),
      repetitions: plan.repetitions,
      total: stepsOf(plan, programs),
      signal,
      onProgress,
      labelOf: (sample) => labelOf(sample, plan),
    });
    const measured = raw.map(measuredOf);
    return {
      method: methodText(plan.repetitions, site),
      methodKey: METHOD_KEY,
      settings: {
        ...plan,
        programs: programs.map(({ name }) => name),
        encoding: 'json',
        ws: wsVersion(),
        limits: LIMITS,
        pinning: site.pinning,
      },
      layout: { x: 'subscribers', charts: ['deliveriesPerCpuSecond', 'cpuMicrosPerDelivery', 'deliveriesPerSecond'] },
      rows: cells.flatMap((cell) => rowsOf(cell, programs, measured)),
      skipped: skippedOf(programs),
      raw,
    };
  });
}

function stepsOf(plan: DeliveriesPlan, programs: readonly DeliveryProgram[]): number {
  return cellsOf(plan).length * plan.repetitions * present(programs).length;
}

function labelOf({ program, subscribers, repetition }: DeliverySample, { repetitions }: DeliveriesPlan): string {
  return `${subscribers} subscribers: ${program}, ${repetition} of ${repetitions}`;
}
