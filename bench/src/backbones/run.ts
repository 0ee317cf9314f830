/** Runs the backbones benchmark: workload after workload, group after group, the programs of a group in turn. */

import type { Benchmark, BenchRunOptions, Findings } from '../benchmark.ts';
import { measureCells } from '../in-turn.ts';
import { PLAN_VARIABLE } from '../plan.ts';
import { LIMITS } from '../processes/gateway.ts';
import { onSite } from '../processes/site.ts';
import { present, skippedOf } from '../programs/presence.ts';
import { rowsOf } from '../rows.ts';
import { METHOD_KEY, methodText } from './method.ts';
import { type BackbonesPlan, backbonesPlan, cellsOf } from './plan.ts';
import { PROGRAMS, type PublishProgram } from './programs.ts';
import { Publishing } from './publishing.ts';
import { type BackboneSample, measuredOf } from './sample.ts';

export interface BackbonesOptions extends BenchRunOptions {
  readonly plan: BackbonesPlan;
  /** Those of a group are measured in turn. */
  readonly groups: readonly (readonly PublishProgram[])[];
}

export const backbones: Benchmark = {
  info: { name: 'backbones', title: 'Backbones: publishes acknowledged, beside the bare store', tests: [] },
  prepare(quick) {
    const plan = backbonesPlan(quick, process.env[PLAN_VARIABLE]);
    return { total: stepsOf(plan, PROGRAMS), run: (options) => runBackbones({ plan, groups: PROGRAMS, ...options }) };
  },
};

/** Measures everything. Rejects with `BenchError` at the first fault of a program; there are no figures then. */
export function runBackbones({ plan, groups, signal, onProgress }: BackbonesOptions): Promise<Findings> {
  return onSite(signal, async (site) => {
    const durabilities = new Map<string, string>();
    const cells = cellsOf(plan);
    const raw = await measureCells({
      cells: cells.flatMap((cell) => groups.map((group) => ({ cell, group }))),
      contendersIn: ({ cell, group }) =>
        present(group).map((program) => {
          const onDurability = (durability: string) => durabilities.set(program.name, durability);
          return new Publishing({ program, cell, plan, site, onDurability });
        }),
      repetitions: plan.repetitions,
      total: stepsOf(plan, groups),
      signal,
      onProgress,
      labelOf: (sample) => labelOf(sample, plan),
    });
    const programs = groups.flat().map(({ name, beside }) => ({ name, beside, durability: durabilities.get(name) }));
    const measured = raw.map(measuredOf);
    return {
      method: methodText(plan.repetitions, site),
      methodKey: METHOD_KEY,
      settings: {
        ...plan,
        programs: programs.map(({ name }) => name),
        encoding: 'json',
        limits: LIMITS,
        fileSystem: site.data.fileSystem,
        pinning: site.pinning,
      },
      layout: { charts: ['publishesPerSecond', 'p50Micros', 'p99Micros', 'cpuMicrosPerPublish'] },
      rows: cells.flatMap((cell) => rowsOf(cell, programs, measured)),
      skipped: skippedOf(groups.flat()),
      raw,
    };
  });
}

function stepsOf(plan: BackbonesPlan, groups: readonly (readonly PublishProgram[])[]): number {
  return cellsOf(plan).length * plan.repetitions * present(groups.flat()).length;
}

function labelOf({ program, inFlight, topics, repetition }: BackboneSample, { repetitions }: BackbonesPlan): string {
  const where = topics === 1 ? '1 topic' : `${topics} topics`;
  return `${inFlight} in flight, ${where}: ${program}, ${repetition} of ${repetitions}`;
}
