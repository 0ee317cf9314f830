import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { codecFor, ENCODINGS, FRAMES, type FrameSpec } from '../src/index.ts';
import { frameOf, payload } from './support/arbitraries.ts';
import { packr, unpack, wireItemsOf } from './support/oracle.ts';

const every: FrameSpec[] = [...FRAMES];

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
  const codec = codecFor('msgpack');

  it.each(every)('$name is an array of its number and its fields by position, as msgpackr reads it', ({ name }) => {
    fc.assert(
      fc.property(frameOf(name as never, 'msgpack'), (frame) => {
        expect(unpack(codec.encode(frame) as Uint8Array)).toEqual(wireItemsOf(frame));
      }),
      { numRuns: runs(60) },
    );
  });

  it.each(every)('$name packed by msgpackr is the same frame', ({ name, direction }) => {
    fc.assert(
      fc.property(frameOf(name as never, 'msgpack'), (frame) => {
        const bytes = packr.pack(wireItemsOf(frame));
        expect(codec.decode(bytes, direction as 'client')).toEqual(frame);
      }),
      { numRuns: runs(60) },
    );
  });

  it('a view into a larger buffer is read at its own place', () => {
    const bytes = codec.encode({ type: 'ping', time: 1 }) as Uint8Array;
    const larger = new Uint8Array(bytes.length + 20).fill(0xc1);
    larger.set(bytes, 7);
    expect(codec.decode(larger.subarray(7, 7 + bytes.length), 'gateway')).toEqual({ type: 'ping', time: 1 });
  });

  it('a frame that was given out does not change when the next one is made', () => {
    const first = codec.encode({ type: 'ping', time: 1 }) as Uint8Array;
    const before = first.slice();
    codec.encode({ type: 'goodbye', code: 4200, reason: 'x'.repeat(5_000) });
    expect(first).toEqual(before);
  });
});

describe('JSON (§3.2)', () => {
  const codec = codecFor('json');

  it.each(every)('$name is plain JSON with its fields by name', ({ name }) => {
    fc.assert(
      fc.property(frameOf(name as never, 'json'), (frame) => {
        expect(JSON.parse(codec.encode(frame) as string)).toEqual(frame);
      }),
      { numRuns: runs(40) },
    );
  });

  it('a message names its topic and leaves out the alias (§5.5)', () => {
    const shared = { type: 'message', topic: 'a', alias: 7, seqNo: 1, prevSeqNo: 0, messageId: 'm', time: 1 } as const;
    const view = JSON.parse(codec.encode({ ...shared, data: null }) as string);
    expect(view).toEqual({ type: 'message', topic: 'a', seqNo: 1, prevSeqNo: 0, messageId: 'm', time: 1, data: null });
  });
});

describe('I7: a payload published in one encoding is the same in the other', () => {
  it.each([
    ['json', 'msgpack'],
    ['msgpack', 'json'],
  ] as const)('%s to %s', (from, to) => {
    fc.assert(
      fc.property(payload, (value) => {
        const publish = { type: 'publish', id: 1, topic: 'a', messageId: 'm', payload: value } as const;
        const taken = codecFor(from).decode(codecFor(from).encode(publish), 'client') as typeof publish;
        const own = to === 'json' ? { topic: 'a' } : { alias: 1 };
        const body = codecFor(to).encode({
          type: 'message',
          ...own,
          seqNo: 1,
          prevSeqNo: 0,
          messageId: 'm',
          time: 0,
          data: taken.payload,
        });
        expect(codecFor(to).decode(body, 'gateway')).toMatchObject({ data: value });
        expect((codecFor(to).decode(body, 'gateway') as { data: unknown }).data).toEqual(value);
      }),
      { numRuns: runs(300) },
    );
  });
});
