/** Runs the fan-out benchmark: cell after cell, the programs in turn within each. */

import { createRequire } from 'node:module';
import type { Benchmark, BenchRunOptions, Findings } from '../benchmark.ts';
import { measureInTurn } from '../in-turn.ts';
import { PLAN_VARIABLE } from '../plan.ts';
import { choosePinning } from '../processes/pinning.ts';
import { FAN_OUT_PROGRAMS, type ProgramEntry } from '../programs/program.ts';
import { rowsOf } from '../rows.ts';
import { METHOD_KEY, methodText } from './method.ts';
import { Pair } from './pair.ts';
import { cellsOf, type FanOutPlan, fanOutPlan } from './plan.ts';
import { type FanOutSample, measuredOf } from './sample.ts';

export interface FanOutOptions extends BenchRunOptions {
  readonly plan: FanOutPlan;
  /** Ours first: it is put beside each of the others. */
  readonly programs: readonly ProgramEntry[];
}

export const fanOut: Benchmark = {
  info: { name: 'fan-out', title: 'Fan-out: one publisher, N subscribers, one topic', tests: [] },
  prepare(quick) {
    const plan = fanOutPlan(quick, process.env[PLAN_VARIABLE]);
    const programs = FAN_OUT_PROGRAMS;
    return {
      total: cellsOf(plan).length * plan.repetitions * programs.length,
      run: (options) => runFanOut({ plan, programs, ...options }),
    };
  },
};

/** Measures everything. Rejects with `BenchError` at the first fault of a program; there are no figures then. */
export async function runFanOut({ plan, programs, signal, onProgress }: FanOutOptions): Promise<Findings> {
  const pinning = choosePinning();
  const raw: FanOutSample[] = [];
  const cells = cellsOf(plan);
  const total = cells.length * plan.repetitions * programs.length;
  for (const cell of cells) {
    await measureInTurn({
      contenders: programs.map((program) => new Pair({ program, cell, plan, pinning, signal })),
      repetitions: plan.repetitions,
      signal,
      onSample: (sample) => {
        raw.push(sample);
        onProgress(raw.length, total, labelOf(sample, plan));
      },
    });
  }
  const names = programs.map(({ name }) => name);
  const [first, ...others] = names;
  const rowPrograms = names.map((name) => ({
    name,
    beside: name === first ? others.map((program) => ({ program })) : [],
  }));
  const measured = raw.map(measuredOf);
  return {
    method: methodText(plan.repetitions, pinning),
    methodKey: METHOD_KEY,
    settings: { ...plan, programs: names, encoding: 'json', ws: wsVersion(), pinning },
    layout: { x: 'subscribers', charts: ['cpuMicrosPerDelivery', 'deliveriesPerSecond'] },
    rows: cells.flatMap((cell) => rowsOf(cell, rowPrograms, measured)),
    raw,
  };
}

function labelOf({ program, subscribers, messagesPerTurn, repetition }: FanOutSample, plan: FanOutPlan): string {
  const turn = messagesPerTurn === 1 ? '1 message a turn' : `${messagesPerTurn} messages a turn`;
  const who = subscribers === 1 ? '1 subscriber' : `${subscribers} subscribers`;
  return `${who}, ${turn}: ${program}, ${repetition} of ${plan.repetitions}`;
}

export function wsVersion(): string {
  return (createRequire(import.meta.url)('ws/package.json') as { version: string }).version;
}
