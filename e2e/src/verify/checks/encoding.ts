/** What a frame may look like, and what of it must not matter: §3.2 and §3.3. */

import { type FrameBody, KEY_CHARACTERS_MAX } from '@micro-socket/protocol';
import type { Check } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { same, show } from '../expect.ts';
import { Mismatch } from '../mismatch.ts';
import { expectError, expectType, type VerifyPeer } from '../peer.ts';
import { bytes, joined, packedText, publishWith, withItemBeyond, written } from '../raw.ts';

const level = 'core';

/** The deepest payload that there is: a list in a list, 64 in all. */
const DEEPEST = 64;

/** How many fields these frames have in §4.1 and §4.2. */
const SETUP_FIELDS = 5;
const SUBSCRIBE_FIELDS = 8;

function nested(levels: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

const PAYLOADS: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  0.1,
  1e-300,
  -12_345_678.9,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  255,
  65_536,
  4_294_967_296,
  '',
  'çay ☕ 茶 🍵',
  '\u0000\u001f\u2028"\\',
  'x'.repeat(300),
  [],
  {},
  [null, [], {}, ['a', { b: [1, 2, { c: null }] }]],
  { '': 1, a: { b: null }, 'with space': [true, false], constructor: 'x', toString: 1 },
  nested(DEEPEST),
];

export const encodingChecks: readonly Check[] = [
  {
    id: 'payload-untouched',
    level,
    title: 'delivers every payload as it was published, in both encodings',
    proves: ['§3.3', 'I7'],
    async run(context) {
      const publisher = await context.connect();
      const { encodings } = context.settings;
      const readers = await Promise.all(encodings.map((encoding) => context.connect({ encoding })));
      const topic = context.topic();
      for (const reader of readers) await reader.subscribe(topic);
      for (const payload of PAYLOADS) await publisher.publish(topic, context.messageId(), payload);
      for (const reader of readers) {
        const messages = await reader.untilMessages(topic, PAYLOADS.length);
        messages.forEach(({ data }, index) => {
          same(`data in ${reader.encoding}`, data, PAYLOADS[index]);
        });
      }
    },
  },
  {
    id: 'payload-that-one-encoding-cannot-say',
    level,
    title: 'refuses payloads that only one encoding could say with INVALID_FIELD, and stores nothing of them',
    proves: ['§3.3', 'I7'],
    async run(context) {
      const payloads = context.encoding === 'json' ? UNSAYABLE_IN_MSGPACK : UNSAYABLE_IN_JSON;
      await refusesPayloads(context, payloads, 'INVALID_FIELD');
    },
  },
  {
    id: 'malformed-in-msgpack',
    level,
    title: 'answers keys that are no strings, the key __proto__ and text that is not UTF-8 with MALFORMED_FRAME',
    proves: ['§3.2', 'I7'],
    encodings: ['msgpack'],
    async run(context) {
      await refusesPayloads(context, MALFORMED_IN_MSGPACK, 'MALFORMED_FRAME');
    },
  },
  {
    id: 'unknown-fields-are-ignored',
    level,
    title: 'ignores fields that it does not know',
    proves: ['§3.2'],
    async run(context) {
      const peer = await context.connect({ setup: false });
      peer.sendBody(withUnknown(context, { type: 'setup', protocol: 1, ...context.credentials() }, SETUP_FIELDS));
      const [answer] = await peer.untilFrames(['ready', 'error'], 1);
      expectType(answer as never, 'ready');
      const subscribe = { type: 'subscribe', id: peer.newId(), topic: context.topic() };
      peer.sendBody(withUnknown(context, subscribe, SUBSCRIBE_FIELDS));
      expectType(await peer.answer(subscribe.id), 'subscribed');
    },
  },
  {
    id: 'unknown-members-are-not-passed-on',
    level,
    title: 'ignores what it does not know inside a field, too, and does not pass it on',
    proves: ['§3.2', '§10'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      await peer.subscribe(topic, { from: { last: 3, 'x-unknown': 1 } });
      const signature = { alg: 'Ed25519', keyId: 'k', value: 'AA' };
      const more = { ...signature, 'x-unknown': [1] };
      await peer.publish(topic, context.messageId(), 1, { signature: more });
      same('the signature', (await peer.untilMessages(topic, 1))[0]?.signature, signature);
    },
  },
  {
    id: 'lengths-in-code-points',
    level,
    title: 'counts the length of a text in code points',
    proves: ['§3.2', '§4.4'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      await peer.subscribe(topic);
      const body = { type: 'publish', topic, messageId: context.messageId(), payload: 1 } as const;
      await peer.refused({ ...body, key: '🍵'.repeat(KEY_CHARACTERS_MAX + 1) }, 'INVALID_FIELD');
      const key = '🍵'.repeat(KEY_CHARACTERS_MAX);
      await peer.ask({ ...body, key }, 'ack');
      same('the key', (await peer.untilMessages(topic, 1))[0]?.key, key);
    },
  },
  {
    id: 'unsayable-outside-payloads',
    level,
    title: 'holds key, signature and the data of presence to the rules of payloads',
    proves: ['§3.3', 'I7'],
    encodings: ['json'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      const frames = [
        { type: 'publish', topic, messageId: 'm', payload: 1, key: '\ud83c' },
        { type: 'publish', topic, messageId: 'm', payload: 1, signature: { alg: '\udc00', keyId: 'k', value: 'AA' } },
        { type: 'presence', topic, action: 'enter', data: 2 ** 53 },
      ];
      for (const frame of frames) {
        const id = peer.newId();
        // A lone surrogate stands in JSON as an escape, and so in the text that is sent.
        peer.sendBody(JSON.stringify({ ...frame, id }));
        expectError(await peer.answer(id), 'INVALID_FIELD');
      }
      same('the head of the topic', (await peer.subscribe(topic)).headSeqNo, 0);
    },
  },
  {
    id: 'null-is-no-value-in-json',
    level,
    title: 'answers null in place of an optional field with INVALID_FIELD',
    proves: ['§3.2'],
    encodings: ['json'],
    async run(context) {
      const peer = await context.connect();
      const id = peer.newId();
      peer.sendBody(JSON.stringify({ type: 'subscribe', id, topic: context.topic(), mode: null }));
      expectError(await peer.answer(id), 'INVALID_FIELD');
    },
  },
  {
    id: 'nil-is-absent-in-msgpack',
    level,
    title: 'takes nil in place of an optional field as absent, and integers in any format',
    proves: ['§3.2'],
    encodings: ['msgpack'],
    async run(context) {
      const peer = await context.connect();
      const topic = packedText(context.topic());
      // [2, id, topic, nil, nil] with the id as uint8, uint64, and a float without a fraction.
      const ids: readonly (readonly [number, Uint8Array])[] = [
        [101, bytes(0xcc, 101)],
        [102, bytes(0xcf, 0, 0, 0, 0, 0, 0, 0, 102)],
        [103, bytes(0xcb, 0x40, 0x59, 0xc0, 0, 0, 0, 0, 0)],
      ];
      for (const [id, packed] of ids) {
        peer.sendBody(joined(bytes(0x95, 0x02), packed, topic, bytes(0xc0, 0xc0)));
        expectType(await peer.answer(id), 'subscribed');
        await peer.ask({ type: 'unsubscribe', topic: new TextDecoder().decode(topic.subarray(2)) }, 'unsubscribed');
      }
    },
  },
  {
    id: 'numbers-in-json',
    level,
    title: 'takes an integer however JSON writes it, and reads equal keys as the last one',
    proves: ['§3.2', '§3.3'],
    encodings: ['json'],
    async run(context) {
      const peer = await context.connect();
      const topic = context.topic();
      peer.sendBody(`{"type":"subscribe","id":1.01e2,"topic":${JSON.stringify(topic)}}`);
      expectType(await peer.answer(101), 'subscribed');
      const id = peer.newId();
      peer.sendBody(publishWith('json', { id, topic, messageId: context.messageId() }, '{"a":1,"b":-0,"a":2.50}'));
      expectType(await peer.answer(id), 'ack');
      const [message] = await peer.untilMessages(topic, 1);
      same('data', message?.data, { a: 2.5, b: 0 });
    },
  },
];

type Unsayable = Readonly<Record<string, FrameBody>>;

const UNSAYABLE_IN_MSGPACK: Unsayable = {
  'a number beyond 2^53 - 1': '9007199254740992',
  'a number beyond -(2^53 - 1)': '[-9007199254740992]',
  'a lone surrogate': '"\\ud83c"',
  'a key with a lone surrogate': '{"\\udc00":1}',
  'the key __proto__': '{"__proto__":{"a":1}}',
  'nesting of 65 levels': `${'['.repeat(DEEPEST + 1)}${']'.repeat(DEEPEST + 1)}`,
};

const UNSAYABLE_IN_JSON: Unsayable = {
  'a binary value': bytes(0xc4, 2, 1, 2),
  'an extension value': bytes(0xd4, 5, 1),
  'a timestamp': bytes(0xd6, 0xff, 0, 0, 0, 1),
  'an integer of 2^53': bytes(0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0),
  'an integer of 2^64 - 1': bytes(0xcf, ...new Array<number>(8).fill(0xff)),
  NaN: bytes(0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0),
  'an infinity': bytes(0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0),
  'nesting of 65 levels': bytes(...new Array<number>(DEEPEST).fill(0x91), 0x90),
};

const MALFORMED_IN_MSGPACK: Unsayable = {
  'a map with a number as key': bytes(0x81, 0x01, 0x02),
  'the key __proto__': joined(bytes(0x81), packedText('__proto__'), bytes(0x80)),
  'a string that is not UTF-8': bytes(0xa2, 0xc3, 0x28),
};

async function refusesPayloads(
  context: CheckContext,
  payloads: Unsayable,
  code: 'INVALID_FIELD' | 'MALFORMED_FRAME',
): Promise<void> {
  const peer = await context.connect();
  const topic = context.topic();
  await peer.subscribe(topic);
  for (const [what, payload] of Object.entries(payloads)) {
    const mark = peer.mark;
    const id = peer.newId();
    peer.sendBody(publishWith(context.encoding, { id, topic, messageId: context.messageId() }, payload));
    const [answer] = await peer.untilFrames(['error', 'ack'], 1, { since: mark });
    const isRight = answer?.type === 'error' && answer.code === code && answer.id === answerId(code, id);
    if (!isRight) throw new Mismatch(`error ${code} for ${what}`, show(answer));
  }
  await nothingStored(context, peer, topic);
}

/** A frame that was not read has no id to answer with (§5.11). */
function answerId(code: string, id: number): number | undefined {
  return code === 'MALFORMED_FRAME' ? undefined : id;
}

/** The next message is the topic's first. */
async function nothingStored(context: CheckContext, peer: VerifyPeer, topic: string): Promise<void> {
  await peer.publish(topic, context.messageId(), 'first');
  const [message] = await peer.untilMessages(topic, 1);
  same('the first message of the topic', [message?.prevSeqNo, message?.data], [0, 'first']);
}

/** The frame with something that nobody knows: a field in JSON, an item after the last known field in MessagePack. */
function withUnknown(context: CheckContext, frame: object, fieldCount: number): FrameBody {
  if (context.encoding === 'json') return written('json', { ...frame, 'x-unknown': { a: 1 } });
  return withItemBeyond(written('msgpack', frame) as Uint8Array, fieldCount, bytes(0x81, 0xa1, 0x61, 0x01));
}
