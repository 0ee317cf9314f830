import { describe, expect, it } from 'vitest';
import { codecFor, ENCODINGS, FRAMES, type FrameSpec, fieldsIn } from '../src/index.ts';
import { sample } from './support/arbitraries.ts';
import { packr, unpack } from './support/msgpackr.ts';
import { oracleItems } from './support/oracle-codec.ts';
import { outcomeOf, refusalOf } from './support/outcome.ts';

const every: FrameSpec[] = [...FRAMES];

describe('frames of a later version are understood (§3.2)', () => {
  it.each(every)('$name in JSON: unknown fields are ignored', ({ name, direction }) => {
    const frame = sample(name as never, 'json');
    const later = JSON.stringify({ ...frame, later: { a: [1] }, 'x-y': null });
    expect(outcomeOf('json', later, direction)).toEqual(frame);
  });

  it.each(every)('$name in MessagePack: items beyond the known fields are ignored', (spec) => {
    const frame = { ...sample(spec.name as never, 'msgpack') };
    const items = [...oracleItems(frame)];
    // Every known position is filled before anything is appended.
    while (items.length <= fieldsIn(spec, 'msgpack').length) items.push(null);
    items.push({ later: true }, 5);
    expect(outcomeOf('msgpack', packr.pack(items), spec.direction)).toEqual(frame);
  });

  const publish = { type: 'publish', id: 1, topic: 'a', messageId: 'm', payload: { any: 1 } };
  const signature = { alg: 'HS256', keyId: 'k', value: 'v' };
  const subscription = { topic: 'a', from: { epoch: 'e', seqNo: 1 } };
  const resume = { sessionId: 's', resumeKey: 'k', subscriptions: [subscription] };
  const entry = { seqNo: 1, messageId: 'm', time: 0, data: { any: 1 }, signature };
  const snapshot = { type: 'snapshot', seqNo: 1, last: true };
  const nested: readonly (readonly [place: string, frame: object, later: object])[] = [
    ['a signature', { ...publish, signature }, { ...publish, signature: { ...signature, later: ['x'] } }],
    [
      'a position',
      { type: 'subscribe', id: 1, ...subscription },
      { type: 'subscribe', id: 1, topic: 'a', from: { ...subscription.from, later: 1 } },
    ],
    [
      'resume in setup',
      { type: 'setup', protocol: 1, resume },
      {
        ...{ type: 'setup', protocol: 1 },
        resume: {
          ...{ ...resume, later: 1 },
          subscriptions: [{ topic: 'a', later: 1, from: { ...subscription.from, later: 1 } }],
        },
      },
    ],
    [
      'an entry of a snapshot',
      { ...snapshot, entries: [entry] },
      { ...snapshot, entries: [{ ...entry, later: 1, signature: { ...signature, later: 1 } }] },
    ],
  ];

  it.each(nested)('what is unknown inside %s does not travel on (I7)', (_place, frame, later) => {
    for (const encoding of ENCODINGS) {
      const isSnapshot = 'entries' in frame;
      const own = !isSnapshot ? {} : encoding === 'json' ? { topic: 'a' } : { alias: 1 };
      const whole = { ...later, ...own };
      const body = encoding === 'json' ? JSON.stringify(whole) : packr.pack(oracleItems(whole));
      expect(outcomeOf(encoding, body, isSnapshot ? 'gateway' : 'client')).toEqual({ ...frame, ...own });
    }
  });

  it('a payload is no frame: whatever is in it stays', () => {
    const frame = { ...publish, payload: { type: 'publish', later: { later: 1 } } };
    expect(outcomeOf('json', JSON.stringify(frame), 'client')).toEqual(frame);
    expect(outcomeOf('msgpack', packr.pack(oracleItems(frame)), 'client')).toEqual(frame);
  });

  it('a from that is of two forms is read by the first of them (§4.2)', () => {
    const from = { epoch: 'e', seqNo: 1, last: 5 };
    const body = JSON.stringify({ type: 'subscribe', id: 1, topic: 'a', from });
    expect(outcomeOf('json', body, 'client')).toMatchObject({ from: { last: 5 } });
    expect(outcomeOf('json', body, 'client')).not.toHaveProperty('from.epoch');
  });
});

describe('optional fields (§3.2)', () => {
  it.each(every)('$name needs none of its optional fields', (spec) => {
    for (const encoding of ENCODINGS) {
      const required = fieldsIn(spec, encoding).flatMap((field) => (field.required ? [field.name] : []));
      const frame = Object.fromEntries(
        Object.entries(sample(spec.name as never, encoding)).filter(
          ([name]) => name === 'type' || required.includes(name),
        ),
      );
      const body = codecFor(encoding).encode(frame as never);
      expect(outcomeOf(encoding, body, spec.direction)).toEqual(frame);
    }
  });

  it('are left out at the end of a MessagePack array', () => {
    const bytes = codecFor('msgpack').encode({ type: 'setup', protocol: 1 }) as Uint8Array;
    expect(unpack(bytes)).toEqual([1, 1]);
  });

  it('are nil in the middle of a MessagePack array', () => {
    const bytes = codecFor('msgpack').encode({ type: 'setup', protocol: 1, topics: ['a'] }) as Uint8Array;
    expect(unpack(bytes)).toEqual([1, 1, null, null, ['a']]);
    expect(outcomeOf('msgpack', bytes, 'client')).toEqual({ type: 'setup', protocol: 1, topics: ['a'] });
  });

  it('may be nil at the end, too', () => {
    expect(outcomeOf('msgpack', packr.pack([1, 1, null, null, null]), 'client')).toEqual({
      type: 'setup',
      protocol: 1,
    });
  });
});

describe('a payload of null is a payload (§4.4)', () => {
  it.each(ENCODINGS)('%s: null comes through, at the end of the frame', (encoding) => {
    const frame = { type: 'publish', id: 1, topic: 'a', messageId: 'm', payload: null } as const;
    expect(outcomeOf(encoding, codecFor(encoding).encode(frame), 'client')).toEqual(frame);
  });

  it('a publish without a payload is refused and names the field', () => {
    const json = refusalOf('json', '{"type":"publish","id":1,"topic":"a","messageId":"m"}');
    const msgpack = refusalOf('msgpack', packr.pack([4, 1, 'a', 'm']));
    for (const refusal of [json, msgpack]) {
      expect(refusal).toMatchObject({ code: 'INVALID_FIELD', id: 1, message: expect.stringContaining('payload') });
    }
  });
});

describe('data of presence may be left out, and null says the same (§4.8)', () => {
  const frame = { type: 'presence', id: 1, topic: 'a', action: 'enter' } as const;

  it.each([
    ['{"type":"presence","id":1,"topic":"a","action":"enter"}', packr.pack([18, 1, 'a', 'enter'])],
    ['{"type":"presence","id":1,"topic":"a","action":"enter","data":null}', packr.pack([18, 1, 'a', 'enter', null])],
  ])('%s', (json, msgpack) => {
    for (const outcome of [outcomeOf('json', json, 'client'), outcomeOf('msgpack', msgpack, 'client')]) {
      expect(outcome).toEqual(frame);
      expect(outcome).not.toHaveProperty('data');
    }
  });

  it('null is written as nothing in MessagePack', () => {
    expect(unpack(codecFor('msgpack').encode({ ...frame, data: null }) as Uint8Array)).toEqual([18, 1, 'a', 'enter']);
  });

  it.each(ENCODINGS)('%s: null inside it is data', (encoding) => {
    const full = { ...frame, data: [null] };
    expect(outcomeOf(encoding, codecFor(encoding).encode(full), 'client')).toEqual(full);
  });
});

describe('a shared frame carries what its encoding asks for (§3.2)', () => {
  const shared = every.filter((spec) => spec.shared);

  it.each(shared)('$name in JSON without a topic is refused', ({ name }) => {
    const { topic: _topic, ...rest } = sample(name as never, 'json') as { topic?: string };
    expect(refusalOf('json', JSON.stringify(rest), 'gateway').message).toContain('topic');
  });

  it.each(shared)('$name in MessagePack without an alias is refused', ({ name }) => {
    const items = [...oracleItems(sample(name as never, 'msgpack'))];
    items[1] = null;
    expect(refusalOf('msgpack', packr.pack(items), 'gateway').message).toContain('alias');
  });
});
