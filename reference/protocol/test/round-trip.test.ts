import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { codecFor, ENCODINGS, FRAMES, type Frame, type FrameSpec } from '../src/index.ts';
import { frameOf, payload } from './support/arbitraries.ts';
import { packr, unpack } from './support/msgpackr.ts';
import {
  oracleItems,
  oracleJson,
  oracleMessagePack,
  readOracleJson,
  readOracleMessagePack,
} from './support/oracle-codec.ts';

const every: FrameSpec[] = [...FRAMES];
const json = codecFor('json');
const msgpack = codecFor('msgpack');

describe.each(ENCODINGS)('every frame in %s', (encoding) => {
  const codec = codecFor(encoding);

  it.each(every)('$name comes back as it was sent ($section)', ({ name, direction }) => {
    fc.assert(
      fc.property(frameOf(name as never, encoding), (frame) => {
        expect(codec.decode(codec.encode(frame), direction as 'client')).toEqual(frame);
      }),
      { numRuns: runs(60) },
    );
  });
});

describe('MessagePack (§3.2)', () => {
  it.each(every)('$name is byte for byte what the page says', ({ name, direction }) => {
    fc.assert(
      fc.property(frameOf(name as never, 'msgpack'), (frame) => {
        const bytes = msgpack.encode(frame) as Uint8Array;
        expect(hexOf(bytes)).toBe(hexOf(oracleMessagePack(frame)));
        expect(msgpack.decode(bytes, direction as 'client')).toEqual(readOracleMessagePack(bytes));
      }),
      { numRuns: runs(60) },
    );
  });

  it.each(every)('$name is an array of its number and its fields by position, as msgpackr reads it', ({ name }) => {
    fc.assert(
      fc.property(frameOf(name as never, 'msgpack'), (frame) => {
        expect(unpack(msgpack.encode(frame) as Uint8Array)).toEqual(oracleItems(frame));
      }),
      { numRuns: runs(60) },
    );
  });

  it.each(every)('$name packed by msgpackr is the same frame', ({ name, direction }) => {
    fc.assert(
      fc.property(frameOf(name as never, 'msgpack'), (frame) => {
        const bytes = packr.pack(oracleItems(frame));
        expect(msgpack.decode(bytes, direction as 'client')).toEqual(frame);
      }),
      { numRuns: runs(60) },
    );
  });

  it('a view into a larger buffer is read at its own place', () => {
    const bytes = msgpack.encode({ type: 'ping', time: 1 }) as Uint8Array;
    const larger = new Uint8Array(bytes.length + 20).fill(0xc1);
    larger.set(bytes, 7);
    expect(msgpack.decode(larger.subarray(7, 7 + bytes.length), 'gateway')).toEqual({ type: 'ping', time: 1 });
  });

  it('a frame that was given out does not change when the next one is made', () => {
    const first = msgpack.encode({ type: 'ping', time: 1 }) as Uint8Array;
    const before = first.slice();
    msgpack.encode({ type: 'goodbye', code: 4200, reason: 'x'.repeat(5_000) });
    expect(first).toEqual(before);
  });
});

describe('JSON (§3.2)', () => {
  it.each(every)('$name is plain JSON with its fields by name', ({ name, direction }) => {
    fc.assert(
      fc.property(frameOf(name as never, 'json'), (frame) => {
        const body = json.encode(frame) as string;
        expect(body).toBe(oracleJson(frame));
        expect(JSON.parse(body)).toEqual(frame);
        expect(json.decode(body, direction as 'client')).toEqual(readOracleJson(body));
      }),
      { numRuns: runs(60) },
    );
  });
});

describe('a shared frame names its topic as its encoding does (§3.2)', () => {
  it.each(every.filter(({ shared }) => shared))('$name: never both', ({ name, direction }) => {
    const both = fc
      .tuple(frameOf(name as never, 'json'), frameOf(name as never, 'msgpack'))
      .map(([inJson, inMsgpack]) => ({ ...inMsgpack, ...inJson }) as Frame & { topic: string; alias: number });
    fc.assert(
      fc.property(both, (frame) => {
        const { alias, ...withoutAlias } = frame;
        const { topic, ...withoutTopic } = frame;
        expect(JSON.parse(json.encode(frame) as string)).toEqual(withoutAlias);
        expect(json.decode(json.encode(frame), direction as 'client')).toEqual(withoutAlias);
        expect(msgpack.decode(msgpack.encode(frame), direction as 'client')).toEqual(withoutTopic);
        expect(unpack(msgpack.encode(frame) as Uint8Array)).toEqual(oracleItems({ ...withoutTopic, alias }));
        expect(frame.topic).toBe(topic);
      }),
      { numRuns: runs(60) },
    );
  });
});

describe('I7: a payload published in one encoding is the same in the other', () => {
  it.each([
    ['json', 'msgpack'],
    ['msgpack', 'json'],
  ] as const)('%s to %s', (from, to) => {
    const own = to === 'json' ? { topic: 'a' } : { alias: 1 };
    const codec = codecFor(to);
    fc.assert(
      fc.property(payload, (value) => {
        const publish = { type: 'publish', id: 1, topic: 'a', messageId: 'm', payload: value } as const;
        const taken = codecFor(from).decode(codecFor(from).encode(publish), 'client') as typeof publish;
        const entry = { seqNo: 1, messageId: 'm', time: 0, data: taken.payload };
        const message = codec.encode({ type: 'message', ...own, prevSeqNo: 0, ...entry });
        const snapshot = codec.encode({ type: 'snapshot', ...own, seqNo: 1, entries: [entry], last: true });
        expect((codec.decode(message, 'gateway') as { data: unknown }).data).toEqual(value);
        expect(codec.decode(snapshot, 'gateway')).toMatchObject({ entries: [entry] });
      }),
      { numRuns: runs(300) },
    );
  });

  it.each(ENCODINGS)('%s: a text that begins with a byte order mark keeps it, however long it is', (encoding) => {
    for (const length of [0, 5, 39, 40, 41, 199, 200, 201, 5_000]) {
      const text = `\ufeff${'x'.repeat(length)}`;
      const frame = { type: 'publish', id: 1, topic: 'a', messageId: 'm', payload: { [text]: text } } as const;
      expect(codecFor(encoding).decode(codecFor(encoding).encode(frame), 'client')).toEqual(frame);
    }
  });
});

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
