/** Arbitrary valid frames, written by hand beside the schemas so that a mistake in one of them shows. */

import fc, { type Arbitrary } from 'fast-check';
import type { Encoding, Frame, FrameType, JsonValue } from '../../src/index.ts';

const count = fc.oneof(fc.nat(), fc.maxSafeNat());
const printable = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const tokenCharacter = fc.constantFrom(...'abcXYZ019_:@~-');
const token = fc.string({ unit: tokenCharacter, minLength: 1, maxLength: 12 });
const name = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 64 });

export const text = fc.string({ unit: 'binary', maxLength: 300 });
export const topic = fc.array(token, { minLength: 1, maxLength: 5 }).map((tokens) => tokens.join('.'));
export const messageId = fc.string({ unit: printable, minLength: 1, maxLength: 64 });

const time = fc.oneof(
  fc.double({ min: 0, max: 4e12, noNaN: true }).map((value) => value + 0),
  fc.integer({ min: 0, max: 4e12 }),
);

/** Numbers that both encodings can say exactly; -0 is not one of them, and JSON cannot vouch for beyond 2^53. */
const exactNumber = fc
  .oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }))
  .filter((value) => !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value)));

/** Any JSON value that has the same meaning in both encodings (§3.3). */
export const payload: Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    exactNumber,
    text,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 6, noNullPrototype: true },
    ),
  ),
})).value;

const frames: { readonly [Type in FrameType]: Arbitrary<Record<string, unknown>> } = {
  setup: fc.record(
    {
      protocol: fc.constant(1),
      token: text,
      client: fc.record({ name, version: name }, { noNullPrototype: true }),
      topics: fc.array(topic, { maxLength: 8 }),
    },
    { requiredKeys: ['protocol'], noNullPrototype: true },
  ),
  subscribe: fc.record({ id: count, topic }),
  unsubscribe: fc.record({ id: count, topic }),
  publish: fc.record({ id: count, topic, messageId, payload }),
  pong: fc.record({ time }),
  ready: fc.record({
    sessionId: name,
    gateway: name,
    time,
    heartbeatMs: count,
    limits: fc.record(
      { frameBytesMax: count, topicsPerConnectionMax: count, unacknowledgedPublishesMax: count },
      { noNullPrototype: true },
    ),
    durability: name,
    retention: fc.record({ messagesMax: count }, { noNullPrototype: true }),
    dedupWindowMs: count,
  }),
  subscribed: fc.record(
    { id: count, topic, alias: fc.integer({ min: 1 }), epoch: name, seqNo: count, messageId },
    { requiredKeys: ['topic', 'alias', 'epoch', 'seqNo'] },
  ),
  unsubscribed: fc.record(
    { id: count, topic, reason: fc.constantFrom('asked', 'lagged') },
    { requiredKeys: ['topic', 'reason'] },
  ),
  ack: fc.record({ id: count, messageId, status: fc.constantFrom('ok', 'duplicate'), epoch: name, seqNo: count }),
  message: fc.record({ seqNo: count, prevSeqNo: count, messageId, time, data: payload }),
  lagged: fc.record({ topic, fromSeqNo: count, toSeqNo: count, why: text }),
  error: fc.record(
    { id: count, code: name, message: text, retry: fc.boolean(), afterMs: count, topic: text },
    { requiredKeys: ['code', 'message', 'retry'] },
  ),
  ping: fc.record({ time }),
  goodbye: fc.record(
    { code: fc.integer(), reason: text, reconnectMinMs: count, reconnectMaxMs: count },
    { requiredKeys: ['code', 'reason'] },
  ),
};

/** A valid frame of a type, with the fields that this encoding carries. */
export function frameOf(type: FrameType, encoding: Encoding): Arbitrary<Frame> {
  const own = encoding === 'json' ? fc.record({ topic }) : fc.record({ alias: fc.integer({ min: 1 }) });
  const extra = type === 'message' ? own : fc.constant({});
  return fc.tuple(frames[type], extra).map(([fields, more]) => ({ type, ...more, ...fields }) as unknown as Frame);
}

/** One fixed frame of every type: `sample('ack', 'json')` is always the same. */
export function sample(type: FrameType, encoding: Encoding): Frame {
  return fc.sample(frameOf(type, encoding), { seed: 7, numRuns: 1 })[0] as Frame;
}
