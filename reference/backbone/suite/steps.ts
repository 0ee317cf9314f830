/** The steps that a backbone and its model take side by side. */

import fc from 'fast-check';

export const TOPICS = ['a', 'b', 'c'] as const;

const topic = fc.constantFrom(...TOPICS);

const content = {
  step: fc.constant('publish' as const),
  topic,
  publisher: fc.constantFrom('ann', 'bob'),
  messageId: fc.integer({ min: 0, max: 12 }).map((number) => `m${number}`),
  payload: fc.constantFrom(1, 1, 1, 2, null),
  key: fc.constantFrom(undefined, 'x', 'y', 'z', 'v', 'w'),
  ref: fc.constantFrom(undefined, undefined, undefined, 'm0'),
  sizeBytes: fc.integer({ min: 1, max: 40 }),
  expects: fc.constantFrom('nothing', 'nothing', 'the head', 'another place'),
};

export const publishing = {
  timeless: fc.record({ ...content, ttlMs: fc.constant(undefined) }),
  timed: fc.record({ ...content, ttlMs: fc.constantFrom(undefined, undefined, 5, 20, 60) }),
};

const waiting = fc.record({ step: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40 }) });
const listening = fc.record({ step: fc.constant('listen' as const), topic });
const leaving = fc.record({ step: fc.constant('unlisten' as const), topic });
const restarting = fc.record({ step: fc.constant('restart' as const) });

type Of<Made> = Made extends fc.Arbitrary<infer Value> ? Value : never;

export type Publishing = Of<(typeof publishing)['timeless' | 'timed']>;

export type Step = Publishing | Of<typeof waiting | typeof listening | typeof leaving | typeof restarting>;

/** A sequence of steps of the wanted kinds. */
export function steps({
  publish,
  wait = false,
  restart = false,
}: {
  readonly publish: fc.Arbitrary<Publishing>;
  readonly wait?: boolean;
  readonly restart?: boolean;
}): fc.Arbitrary<Step[]> {
  const step = fc.oneof(
    { weight: 12, arbitrary: publish },
    { weight: wait ? 3 : 0, arbitrary: waiting },
    { weight: restart ? 1 : 0, arbitrary: restarting },
    { weight: 1, arbitrary: listening },
    { weight: 1, arbitrary: leaving },
  );
  return fc.array(step, { maxLength: 60, size: 'max' });
}
