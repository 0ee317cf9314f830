/** Runs the channels benchmark: cell after cell, the programs in turn within each. */

import type { Benchmark, BenchRunOptions, Findings } from '../benchmark.ts';
import { wsVersion } from '../fan-out/run.ts';
import { measureCells } from '../in-turn.ts';
import { PLAN_VARIABLE } from '../plan.ts';
import { LIMITS } from '../processes/gateway.ts';
import { choosePinning } from '../processes/pinning.ts';
import { type Beside, rowsOf } from '../rows.ts';
import { type FeedProgramEntry, NAIVE, PRICE_FEED } from './feed-program.ts';
import { METHOD_KEY, methodText } from './method.ts';
import { type Cell, type ChannelsPlan, channelsPlan } from './plan.ts';
import { type ChannelsSample, measuredOf } from './sample.ts';
import { Trial } from './trial.ts';

/** Ours first: it is put beside each of the others. */
export const PROGRAMS: readonly FeedProgramEntry[] = [
  { name: 'price-feed', module: PRICE_FEED, wish: { mode: 'stream' }, delivers: 'every' },
  { name: 'naive', module: NAIVE, wish: { mode: 'stream' }, delivers: 'every' },
];

export interface ChannelsOptions extends BenchRunOptions {
  readonly plan: ChannelsPlan;
  readonly programs: readonly FeedProgramEntry[];
}

export const channels: Benchmark = {
  info: { name: 'channels', title: 'Channels: one price feed, N channels, M subscribers each', tests: [] },
  prepare(quick) {
    const plan = channelsPlan(quick, process.env[PLAN_VARIABLE]);
    return {
      total: stepsOf(plan, PROGRAMS),
      run: (options) => runChannels({ plan, programs: PROGRAMS, ...options }),
    };
  },
};

/** Measures everything. Rejects with `BenchError` at the first fault of a program; there are no figures then. */
export async function runChannels({ plan, programs, signal, onProgress }: ChannelsOptions): Promise<Findings> {
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
    layout: { x: 'channels', charts: ['cpuMicrosPerTick', 'cpuMicrosPerChannelTick', 'cpuMicrosPerDelivery'] },
    rows: plan.cells.flatMap((cell) => rowsOf(cell, rowPrograms(programs, cell, plan), measured)),
    raw,
  };
}

function rowPrograms(programs: readonly FeedProgramEntry[], cell: Cell, plan: ChannelsPlan) {
  const [first, ...others] = programs.map(({ name }) => name);
  return programs.map(({ name }) => ({
    name,
    beside: name === first ? [...others.map((program) => ({ program })), ...besideOne(name, cell, plan)] : [],
  }));
}

/** Channels that nobody subscribes to are put beside one such channel: that says what they cost. */
function besideOne(program: string, cell: Cell, { cells }: ChannelsPlan): Beside[] {
  const isOne = (other: Cell) =>
    other.channels === 1 && other.subscribersPerChannel === 0 && other.topicsPerConnection === cell.topicsPerConnection;
  const one = cells.find(isOne);
  const isIdle = cell.subscribersPerChannel === 0 && cell.channels > 1;
  return isIdle && one !== undefined ? [{ program, workload: one }] : [];
}

function stepsOf(plan: ChannelsPlan, programs: readonly FeedProgramEntry[]): number {
  return plan.cells.length * plan.repetitions * programs.length;
}

function labelOf(
  { program, channels: count, subscribersPerChannel, ...rest }: ChannelsSample,
  plan: ChannelsPlan,
): string {
  const { repetition, topicsPerConnection } = rest;
  const where = topicsPerConnection === 1 ? '' : ', bundled';
  return `${count} channels × ${subscribersPerChannel}${where}: ${program}, ${repetition} of ${plan.repetitions}`;
}
