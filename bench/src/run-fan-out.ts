/** Runs the fan-out benchmark: cell after cell, the programs in turn within each. */

import { createRequire } from 'node:module';
import { type Cell, cellsOf, type FanOutPlan } from './cells.ts';
import { BenchError } from './errors.ts';
import { METHOD_KEY, methodText } from './method.ts';
import { Pair } from './pair.ts';
import { choosePinning, type Pinning } from './processes/pinning.ts';
import type { ProgramEntry } from './programs/program.ts';
import { type FanOutFindings, type FanOutSample, rowsOf } from './result.ts';

export interface FanOutOptions {
  readonly plan: FanOutPlan;
  readonly programs: readonly ProgramEntry[];
  /** Ends the run, and every process of it, when it is aborted. */
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number, label: string) => void;
}

export function stepsOf({ plan, programs }: Pick<FanOutOptions, 'plan' | 'programs'>): number {
  return cellsOf(plan).length * plan.repetitions * programs.length;
}

/** Measures everything. Rejects with `BenchError` at the first fault of a program; there are no figures then. */
export async function runFanOut(options: FanOutOptions): Promise<FanOutFindings> {
  const { plan, programs } = options;
  const pinning = choosePinning();
  const raw: FanOutSample[] = [];
  for (const cell of cellsOf(plan)) await measureCell(cell, pinning, options, raw);
  const names = programs.map(({ name }) => name);
  return {
    method: methodText(plan.repetitions, pinning),
    methodKey: METHOD_KEY,
    settings: { ...plan, programs: names, encoding: 'json', ws: wsVersion(), pinning },
    rows: cellsOf(plan).flatMap((cell) => rowsOf(names, samplesOf(cell, raw))),
    raw,
  };
}

async function measureCell(cell: Cell, pinning: Pinning, options: FanOutOptions, raw: FanOutSample[]): Promise<void> {
  const { plan, programs, signal, onProgress } = options;
  if (signal.aborted) throw new BenchError('STOPPED', 'the run was stopped');
  const pairs = programs.map((program) => new Pair({ program, cell, plan, pinning, signal }));
  try {
    // One after the other: two programs that warm up together would share the cores.
    for (const pair of pairs) await pair.open();
    for (let repetition = 1; repetition <= plan.repetitions; repetition++) {
      for (const pair of pairs) {
        const sample = await pair.measure(repetition);
        raw.push(sample);
        onProgress(raw.length, stepsOf(options), labelOf(sample, plan));
      }
    }
  } finally {
    await Promise.all(pairs.map((pair) => pair.end()));
  }
}

function labelOf({ program, subscribers, messagesPerTurn, repetition }: FanOutSample, plan: FanOutPlan): string {
  const turn = messagesPerTurn === 1 ? '1 message a turn' : `${messagesPerTurn} messages a turn`;
  const who = subscribers === 1 ? '1 subscriber' : `${subscribers} subscribers`;
  return `${who}, ${turn}: ${program}, ${repetition} of ${plan.repetitions}`;
}

function samplesOf(cell: Cell, raw: readonly FanOutSample[]): FanOutSample[] {
  return raw.filter(
    (sample) =>
      sample.subscribers === cell.subscribers &&
      sample.messagesPerTurn === cell.messagesPerTurn &&
      sample.payloadBytes === cell.payloadBytes,
  );
}

function wsVersion(): string {
  return (createRequire(import.meta.url)('ws/package.json') as { version: string }).version;
}
