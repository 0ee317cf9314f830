/** Runs the fan-out benchmark: crowd after crowd, cell after cell, the programs in turn within each. */

import { createRequire } from 'node:module';
import type { Benchmark, BenchRunOptions, Findings, Skipped } from '../benchmark.ts';
import { takeTurns, throwIfStopped, whileOpen } from '../in-turn.ts';
import { PLAN_VARIABLE } from '../plan.ts';
import { bunVersion } from '../processes/bun.ts';
import { tooManyConnections } from '../processes/open-files.ts';
import { onSite } from '../processes/site.ts';
import { present, skippedOf } from '../programs/presence.ts';
import { FAN_OUT_PROGRAMS, type FanOutProgram, FLOOR } from '../programs/program.ts';
import { type RowProgram, rowsOf } from '../rows.ts';
import { METHOD_KEY, methodText } from './method.ts';
import { Pair } from './pair.ts';
import { type Crowd, cellsOf, crowdsOf, type FanOutPlan, fanOutPlan } from './plan.ts';
import { type FanOutSample, measuredOf } from './sample.ts';

export interface FanOutOptions extends BenchRunOptions {
  readonly plan: FanOutPlan;
  /** Ours first: it is put beside each of the others. */
  readonly programs: readonly FanOutProgram[];
}

export const fanOut: Benchmark = {
  info: { name: 'fan-out', title: 'Fan-out: one publisher, N subscribers, one topic', tests: [] },
  prepare(quick) {
    const plan = fanOutPlan(quick, process.env[PLAN_VARIABLE]);
    const programs = FAN_OUT_PROGRAMS.filter(({ name }) => plan.programs.includes(name));
    return {
      total: stepsOf(plan, programs),
      run: (options) => runFanOut({ plan, programs, ...options }),
    };
  },
};

/** Measures everything. Rejects with `BenchError` at the first fault of a program; there are no figures then. */
export function runFanOut({ plan, programs: all, signal, onProgress }: FanOutOptions): Promise<Findings> {
  return onSite(signal, async (site) => {
    const raw: FanOutSample[] = [];
    const programs = present(all);
    const crowds = possibleOf(crowdsOf(plan));
    const total = stepsOf(plan, all);
    const onSample = (sample: FanOutSample) => {
      raw.push(sample);
      onProgress(raw.length, total, labelOf(sample, plan));
    };
    for (const { subscribers, cells } of crowds) {
      const pairs = programs.map((program) => new Pair({ program, subscribers, plan, site }));
      await whileOpen(pairs, signal, async () => {
        for (const [place, cell] of cells.entries()) {
          for (const pair of pairs) {
            throwIfStopped(signal);
            await pair.warmUp(cell, place === 0 ? plan.warmUpMs : plan.settleMs);
          }
          const contenders = pairs.map((pair) => pair.in(cell));
          await takeTurns({ contenders, repetitions: plan.repetitions, signal, onSample });
        }
      });
    }
    const measured = raw.map(measuredOf);
    return {
      method: methodText(plan, site.pinning),
      methodKey: METHOD_KEY,
      settings: {
        ...plan,
        programs: all.map(({ name }) => name),
        encoding: 'json',
        versions: versions(),
        pinning: site.pinning,
      },
      layout: { x: 'subscribers', charts: ['cpuMicrosPerDelivery', 'deliveriesPerSecond', 'rssBytes'] },
      rows: cellsOf(crowds).flatMap((cell) => rowsOf(cell, rowProgramsOf(programs), measured)),
      skipped: [...skippedOf(all), ...skippedCrowds(plan)],
      raw,
    };
  });
}

/** The first is put beside all others, and each of the others beside the floor. */
function rowProgramsOf(programs: readonly FanOutProgram[]): RowProgram[] {
  const names = programs.map(({ name }) => name);
  return names.map((name, place) => {
    const others = place === 0 ? names.slice(1) : names.filter((other) => other === FLOOR && name !== FLOOR);
    return { name, beside: others.map((program) => ({ program })) };
  });
}

function stepsOf(plan: FanOutPlan, programs: readonly FanOutProgram[]): number {
  return cellsOf(possibleOf(crowdsOf(plan))).length * plan.repetitions * present(programs).length;
}

/** The publisher has a connection, too. */
const whyNot = ({ subscribers }: Crowd) => tooManyConnections(subscribers + 1);

function possibleOf(crowds: readonly Crowd[]): Crowd[] {
  return crowds.filter((crowd) => whyNot(crowd) === undefined);
}

function skippedCrowds(plan: FanOutPlan): Skipped[] {
  return crowdsOf(plan).flatMap((crowd) => {
    const why = whyNot(crowd);
    return why === undefined ? [] : [{ program: `${crowd.subscribers} subscribers`, why }];
  });
}

function labelOf(sample: FanOutSample, plan: FanOutPlan): string {
  const { program, subscribers, messagesPerTurn, payloadBytes, repetition } = sample;
  const turn = messagesPerTurn === 1 ? '1 message a turn' : `${messagesPerTurn} messages a turn`;
  const who = subscribers === 1 ? '1 subscriber' : `${subscribers} subscribers`;
  return `${who}, ${turn}, ${payloadBytes} B: ${program}, ${repetition} of ${plan.repetitions}`;
}

function versions(): Readonly<Record<string, string | undefined>> {
  return { ws: wsVersion(), 'socket.io': versionOf('socket.io'), elysia: versionOf('elysia'), bun: bunVersion() };
}

export function wsVersion(): string {
  return versionOf('ws');
}

function versionOf(name: string): string {
  return (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
}
