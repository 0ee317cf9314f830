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

const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 128 });
const ttlMs = fc.integer({ min: 1 });
const publisher = fc.string({ unit: 'binary', minLength: 1, maxLength: 160 });
const checksum = fc.integer({ min: 0, max: 0xffff_ffff });
const resumeKey = fc.string({ unit: 'binary', minLength: 1, maxLength: 256 });
const maxRateHz = fc.oneof(fc.double({ min: 0.1, max: 1_000, noNaN: true }), fc.integer({ min: 1, max: 1_000 }));

const signature = plain({
  alg: fc.string({ unit: 'binary', minLength: 1, maxLength: 16 }),
  keyId: messageId,
  value: fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }),
});

const from = fc.oneof(
  fc.constantFrom('live', 'snapshot'),
  plain({ last: fc.integer({ min: 1, max: 1_000 }) }),
  plain({ epoch: name, seqNo: count }, { messageId }),
);

const subscription = {
  mode: fc.constantFrom('stream', 'latest', 'keyed', 'volatile'),
  from,
  onGap: fc.constantFrom('reject', 'snapshot', 'live'),
  maxRateHz,
  confirmWindow: fc.integer({ min: 1, max: 10_000 }),
  checksum: fc.boolean(),
};

const resume = {
  sessionId: name,
  resumeKey,
  subscriptions: fc.array(plain({ topic }, subscription), { maxLength: 4 }),
};

const extras = { key, ref: messageId, by: name, ttlMs, signature };

const limits = plain({ frameBytesMax: count, topicsPerConnectionMax: count, unacknowledgedPublishesMax: count });

const frames: { readonly [Type in FrameType]: Arbitrary<Record<string, unknown>> } = {
  setup: plain(
    { protocol: fc.constant(1) },
    {
      token: text,
      client: plain({ name, version: name }),
      topics: fc.array(topic, { maxLength: 8 }),
      resume: plain(resume),
    },
  ),
  subscribe: plain({ id: count, topic }, subscription),
  unsubscribe: plain({ id: count, topic }),
  publish: plain(
    { id: count, topic, messageId, payload },
    { key, ref: messageId, expectSeqNo: count, ttlMs, signature, publisher, by: name },
  ),
  confirm: plain({ topic, seqNo: count }),
  replay: plain({ id: count, topic, fromSeqNo: count }, { toSeqNo: count }),
  resume: plain({ id: count, ...resume }),
  presence: plain(
    { id: count, topic, action: fc.constantFrom('enter', 'update', 'leave') },
    { data: payload.filter((value) => value !== null) },
  ),
  refresh: plain({ id: count, token: text }),
  modify: plain({ id: count, topic }, { maxRateHz }),
  pong: plain({ time }),
  read: plain(
    {
      id: count,
      topic,
      from: fc.oneof(
        fc.constantFrom('head', 'snapshot'),
        plain({ last: fc.integer({ min: 0, max: 1_000 }) }),
        plain({ after: count }),
        plain({ epoch: name, seqNo: count }, { messageId }),
      ),
    },
    { limit: fc.integer({ min: 0, max: 1_000 }) },
  ),
  ready: plain(
    {
      ...{ sessionId: name, gateway: name, time, heartbeatMs: count, limits },
      ...{ durability: name, retention: plain({ messagesMax: count }), dedupWindowMs: count, resumeKey },
    },
    { expiresAt: time },
  ),
  // id and messageId are optional and do not stand at the end.
  subscribed: fc.record(
    {
      ...{ id: count, topic, alias: fc.integer({ min: 1 }), epoch: name, seqNo: count, messageId },
      ...{ recovered: fc.constantFrom('none', 'full', 'snapshot', 'gap'), headSeqNo: count, maxRateHz, checksum },
    },
    { requiredKeys: ['topic', 'alias', 'epoch', 'seqNo', 'recovered', 'headSeqNo'] },
  ),
  unsubscribed: fc.record(
    { id: count, topic, reason: fc.constantFrom('asked', 'lagged', 'denied', 'epoch', 'failed', 'closed'), why: text },
    { requiredKeys: ['topic', 'reason'] },
  ),
  ack: plain({ id: count, messageId, status: fc.constantFrom('ok', 'duplicate'), epoch: name, seqNo: count }),
  message: plain({ seqNo: count, prevSeqNo: count, messageId, time, data: payload }, extras),
  snapshot: plain({
    seqNo: count,
    entries: fc.array(plain({ seqNo: count, messageId, time, data: payload }, extras), { maxLength: 3 }),
    last: fc.boolean(),
  }),
  head: plain({ epoch: name, seqNo: count }, { checksum }),
  health: plain({ state: fc.constantFrom('ok', 'late', 'stale'), lagMs: time }),
  live: fc.record({ id: count, topic, seqNo: count, checksum }, { requiredKeys: ['topic', 'seqNo'] }),
  lagged: plain({ topic, fromSeqNo: count, toSeqNo: count, why: text }),
  error: fc.record(
    { id: count, code: name, message: text, retry: fc.boolean(), afterMs: count, topic: text },
    { requiredKeys: ['code', 'message', 'retry'] },
  ),
  ping: plain({ time }),
  goodbye: plain({ code: fc.integer(), reason: text }, { reconnectMinMs: count, reconnectMaxMs: count }),
  resumed: plain({ id: count, sessionId: name, resumeKey }),
  refreshed: plain({ id: count }, { expiresAt: time }),
  modified: plain({ id: count, topic }, { maxRateHz }),
  // messageId and anchored are optional and do not stand at the end.
  page: fc.record(
    {
      ...{ id: count, topic, epoch: name, seqNo: count, messageId, anchored: fc.boolean() },
      entries: fc.array(plain({ seqNo: count, prevSeqNo: count, messageId, time, data: payload }, extras), {
        maxLength: 3,
      }),
      last: fc.boolean(),
    },
    { requiredKeys: ['id', 'topic', 'epoch', 'seqNo', 'entries', 'last'] },
  ),
};

const SHARED: readonly FrameType[] = ['message', 'snapshot', 'head', 'health'];

/** A valid frame of a type, with the fields that this encoding carries, in their order. */
export function frameOf(type: FrameType, encoding: Encoding): Arbitrary<Frame> {
  const own = encoding === 'json' ? fc.record({ topic }) : fc.record({ alias: fc.integer({ min: 1 }) });
  const extra = SHARED.includes(type) ? own : fc.constant({});
  return fc.tuple(frames[type], extra).map(([fields, more]) => ({ type, ...more, ...fields }) as unknown as Frame);
}

/** One fixed frame of every type: `sample('ack', 'json')` is always the same. */
export function sample(type: FrameType, encoding: Encoding): Frame {
  return fc.sample(frameOf(type, encoding), { seed: 7, numRuns: 1 })[0] as Frame;
}

type Fields = Readonly<Record<string, Arbitrary<unknown>>>;

/** Objects with these fields in this order, the optional ones behind the others. */
function plain(required: Fields, optional: Fields = {}): Arbitrary<Record<string, unknown>> {
  return fc.record({ ...required, ...optional }, { requiredKeys: Object.keys(required), noNullPrototype: true });
}
