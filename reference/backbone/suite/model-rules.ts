import type { Limits } from '@micro-socket/protocol';
import fc from 'fast-check';
import { compare, type Plan } from './comparison.ts';
import { publishing, steps } from './steps.ts';
import type { Rules } from './trial.ts';

const shortHistory = { historyLengthMax: fc.integer({ min: 1, max: 6 }) };

const smallWindow = { ...shortHistory, dedupWindowMs: fc.integer({ min: 1, max: 100 }) };

const smallLog = {
  ...smallWindow,
  stateKeysMax: fc.integer({ min: 1, max: 4 }),
  dedupEntriesMax: fc.integer({ min: 1, max: 14 }),
  dedupEntriesPerPublisherMax: fc.integer({ min: 1, max: 10 }),
};

const smallEverything = {
  ...smallLog,
  historyBytesMax: fc.integer({ min: 20, max: 200 }),
  topicsMax: fc.integer({ min: 1, max: 3 }),
  dedupEntriesMax: fc.constant(1_000),
  dedupEntriesPerPublisherMax: fc.constant(1_000),
};

/** A step of any kind, in which time may pass. */
const timed: Plan['steps'] = steps({ publish: publishing.timed, wait: true });

function limits(some: { [Name in keyof Limits]?: fc.Arbitrary<number> }): Plan['limits'] {
  return fc.record(some) as fc.Arbitrary<Partial<Limits>>;
}

/** Any sequence of steps has the results of the slow and obvious model. */
export const modelRules = {
  'any steps have the results of the model: log, state and dedup, while no time passes (I2, I3, §5.6)': (trial) =>
    compare(trial, { limits: limits(shortHistory), steps: steps({ publish: publishing.timeless }), count: 40 }),

  'any steps have the results of the model: log, state and dedup window (I2, I3, §5.6)': (trial) =>
    compare(trial, { limits: limits(smallWindow), steps: timed, count: 40 }),

  'any steps have the results of the model: log, state and dedup window, with small bounds (I2, I3, §5.6)': (trial) =>
    compare(trial, { limits: limits(smallLog), steps: timed, count: 80 }),

  'any steps have the results of the model: what is given up, and for whom, when bytes and topics run out (§8)': (
    trial,
  ) => compare(trial, { limits: limits(smallEverything), steps: timed, count: 120 }),
} satisfies Rules;
