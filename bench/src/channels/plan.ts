/** What the channels benchmark measures: its cells, and how long each is measured. */

import Type from 'typebox';
import { BenchError } from '../errors.ts';
import type { Workload } from '../figures.ts';
import { FULL_PACE, PACE, type Pace, PLAN_VARIABLE, Positive, plansOf, QUICK_PACE } from '../plan.ts';

/** One line of the table, for every program. */
export interface Cell extends Workload {
  readonly channels: number;
  /** 0: nobody subscribes to anything. */
  readonly subscribersPerChannel: number;
  /** How many channels one connection subscribes to. With 1, each subscriber is a connection of its own. */
  readonly topicsPerConnection: number;
}

export interface ChannelsPlan extends Pace {
  readonly cells: readonly Cell[];
  /** Ticks that come first where memory is measured, in bursts, so that whatever keeps the newest messages is full. */
  readonly fillTicks: number;
}

const cells = (subscribersPerChannel: number, topicsPerConnection: number, channels: readonly number[]): Cell[] =>
  channels.map((count) => ({ channels: count, subscribersPerChannel, topicsPerConnection }));

const FULL = {
  cells: [
    ...cells(1, 1, [1, 10, 100, 1_000]),
    ...cells(1, 1_000, [1, 10, 100, 1_000]),
    ...cells(10, 1, [1, 10, 100]),
    ...cells(100, 1, [1, 10]),
    ...cells(1_000, 1, [1]),
    ...cells(0, 1, [1, 1_000]),
  ],
  // As many messages as the reference gateway keeps of each topic.
  fillTicks: 1_024,
  ...FULL_PACE,
  repetitions: 5,
  repetitionMs: 400,
  warmUpMs: 600,
};

const QUICK = {
  ...FULL,
  cells: [
    ...cells(1, 1, [1, 100, 1_000]),
    ...cells(1, 1_000, [100]),
    ...cells(10, 1, [100]),
    ...cells(0, 1, [1, 1_000]),
  ],
  ...QUICK_PACE,
  repetitionMs: 200,
  warmUpMs: 300,
};

/** All connections are of one process on each side, and a gateway gives a connection so many topics. */
const SUBSCRIPTIONS_MAX = 2_000;
const TOPICS_PER_CONNECTION_MAX = 1_000;

const plans = plansOf(
  {
    cells: Type.Array(
      Type.Object({
        channels: Type.Integer({ minimum: 1, maximum: SUBSCRIPTIONS_MAX }),
        subscribersPerChannel: Type.Integer({ minimum: 0, maximum: SUBSCRIPTIONS_MAX }),
        topicsPerConnection: Type.Integer({ minimum: 1, maximum: TOPICS_PER_CONNECTION_MAX }),
      }),
      { minItems: 1 },
    ),
    fillTicks: Positive,
    ...PACE,
  },
  FULL,
  QUICK,
);

/** The plan of a full or a quick run. Throws `BenchError` PLAN_INVALID that names what is wrong in `changes`. */
export function channelsPlan(quick: boolean, changes?: string): ChannelsPlan {
  const plan = plans.plan(quick, changes);
  const place = plan.cells.findIndex((cell) => cell.channels * cell.subscribersPerChannel > SUBSCRIPTIONS_MAX);
  if (place === -1) return plan;
  const most = SUBSCRIPTIONS_MAX.toLocaleString('en');
  throw new BenchError('PLAN_INVALID', `${PLAN_VARIABLE}: cells.${place} has more than ${most} subscriptions`);
}

/** With fewer channels the memory of everything else would be most of it. */
const CHANNELS_MIN_FOR_MEMORY = 100;

/** Whether memory says what a channel takes: there are many, and not as many connections. */
export function measuresMemory({ channels, subscribersPerChannel, topicsPerConnection }: Cell): boolean {
  return channels >= CHANNELS_MIN_FOR_MEMORY && (subscribersPerChannel === 0 || topicsPerConnection > 1);
}

/** For each connection, the channels that it subscribes to. */
export function connectionsOf({ channels, subscribersPerChannel, topicsPerConnection }: Cell): number[][] {
  const connections: number[][] = [];
  for (let subscriber = 0; subscriber < subscribersPerChannel; subscriber++) {
    for (let first = 0; first < channels; first += topicsPerConnection) {
      const count = Math.min(topicsPerConnection, channels - first);
      connections.push(Array.from({ length: count }, (_, place) => first + place));
    }
  }
  return connections;
}
