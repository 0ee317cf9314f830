import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { canonicalJson } from '../src/canonical-json.ts';
import { addChecksum, type ChecksummedMessage, messageChecksum } from '../src/checksum.ts';
import { codecFor, type Encoding, type MessageFrame } from '../src/index.ts';
import { messageId, payload, text } from './support/arbitraries.ts';
import { vectors } from './support/integrity-vectors.ts';
import { reordered } from './support/reordered.ts';

const message: fc.Arbitrary<ChecksummedMessage> = fc.record(
  {
    seqNo: fc.maxSafeNat(),
    prevSeqNo: fc.maxSafeNat(),
    messageId,
    data: payload,
    key: text,
    ref: messageId,
  },
  { requiredKeys: ['seqNo', 'prevSeqNo', 'messageId', 'data'], noNullPrototype: true },
);
const messages = fc.array(message, { maxLength: 8 });

const sumOf = (some: readonly ChecksummedMessage[], start = 0) => some.reduce(addChecksum, start);

describe('the checksum of a message (I7, §5.7)', () => {
  it('is the CRC-32 of its canonical fields, as zlib computes it', () => {
    fc.assert(
      fc.property(message, (one) => {
        const { seqNo, prevSeqNo, messageId: id, key = null, ref = null, data } = one;
        const fields = [seqNo, prevSeqNo, id, key, ref].map((field) => JSON.stringify(field));
        expect(messageChecksum(one)).toBe(crc32(`[${fields.join(',')},${canonicalJson(data)}]`));
      }),
      { numRuns: runs(200) },
    );
  });

  it('does not depend on the order of keys, nor on the encoding that the message came in', () => {
    fc.assert(
      fc.property(message, fc.nat({ max: 5 }), (one, rotation) => {
        expect(messageChecksum({ ...one, data: reordered(one.data, rotation) })).toBe(messageChecksum(one));
        for (const encoding of ['json', 'msgpack'] as const) {
          expect(messageChecksum({ ...one, data: carried(one, encoding) })).toBe(messageChecksum(one));
        }
      }),
      { numRuns: runs(100) },
    );
  });

  it('takes an absent key or ref for null, and -0 for 0', () => {
    const one = { seqNo: 1, prevSeqNo: 0, messageId: 'm', data: [0] };
    expect(messageChecksum({ ...one, key: undefined, ref: undefined })).toBe(messageChecksum(one));
    expect(messageChecksum({ ...one, data: [-0] })).toBe(messageChecksum(one));
  });

  it.each([
    ['seqNo', { seqNo: 3 }],
    ['prevSeqNo', { prevSeqNo: 0 }],
    ['messageId', { messageId: 'n' }],
    ['a digit of the payload', { data: { price: '1.084121' } }],
    ['a string that was a number', { data: { price: 1.08412 } }],
    ['key', { key: 'l' }],
    ['ref', { ref: 's' }],
    ['a key that is gone', { key: undefined }],
    ['key and ref in each other’s place', { key: 'r', ref: 'k' }],
  ])('changes with %s', (_title, change) => {
    const one = { seqNo: 2, prevSeqNo: 1, messageId: 'm', data: { price: '1.08412' }, key: 'k', ref: 'r' };
    expect(messageChecksum({ ...one, ...change })).not.toBe(messageChecksum(one));
  });
});

describe('the rolling checksum of a topic (I7, §5.7)', () => {
  it('lets a reader that starts anywhere compare the difference of two beacons', () => {
    fc.assert(
      fc.property(messages, messages, (before, between) => {
        const firstBeacon = sumOf(before);
        const secondBeacon = sumOf(between, firstBeacon);
        expect(sumOf(between)).toBe((secondBeacon - firstBeacon) >>> 0);
      }),
      { numRuns: runs(200) },
    );
  });

  it('stays a whole number from 0 to 2^32 - 1 when it wraps', () => {
    const one = { seqNo: 1, prevSeqNo: 0, messageId: 'm-1', data: null };
    expect(addChecksum(0xffff_ffff, one)).toBe(messageChecksum(one) - 1);
    fc.assert(
      fc.property(messages, (some) => {
        const exact = some.reduce((sum, each) => sum + messageChecksum(each), 0);
        expect(sumOf(some)).toBe(exact % 2 ** 32);
      }),
      { numRuns: runs(200) },
    );
  });

  it('tells that two messages changed places', () => {
    const head = { seqNo: 1, prevSeqNo: 0, messageId: 'a', data: 'first' };
    const next = { seqNo: 2, prevSeqNo: 1, messageId: 'b', data: 'second' };
    const swapped = [
      { ...head, messageId: 'b', data: 'second' },
      { ...next, messageId: 'a', data: 'first' },
    ];
    expect(sumOf(swapped)).not.toBe(sumOf([head, next]));
  });
});

describe('vectors/integrity.json: checksums', () => {
  it('holds one topic from its first message on', () => {
    expect(vectors.checksums).toHaveLength(8);
    expect(vectors.checksums.map(({ message: one }) => one.prevSeqNo)).toEqual([
      0,
      ...vectors.checksums.slice(0, -1).map(({ message: one }) => one.seqNo),
    ]);
  });

  it.each(vectors.checksums)('$name', ({ message: one, canonical, checksum }) => {
    const { seqNo, prevSeqNo, messageId: id, key = null, ref = null, data } = one;
    expect(canonicalJson([seqNo, prevSeqNo, id, key, ref, data])).toBe(canonical);
    expect(crc32(Buffer.from(canonical, 'utf8'))).toBe(checksum);
    expect(messageChecksum(one)).toBe(checksum);
  });

  it('the sums are those of the messages up to each', () => {
    let exact = 0;
    let sum = 0;
    for (const vector of vectors.checksums) {
      exact += vector.checksum;
      sum = addChecksum(sum, vector.message);
      expect(vector.sum).toBe(exact % 2 ** 32);
      expect(sum).toBe(vector.sum);
    }
  });
});

/** The payload as a subscriber of one encoding gets it. */
function carried({ seqNo, prevSeqNo, messageId: id, data }: ChecksummedMessage, encoding: Encoding) {
  const channel = encoding === 'json' ? { topic: 't' } : { alias: 1 };
  const frame: MessageFrame = { type: 'message', ...channel, seqNo, prevSeqNo, messageId: id, time: 0, data };
  const codec = codecFor(encoding);
  return (codec.decode(codec.encode(frame), 'gateway') as MessageFrame).data as ChecksummedMessage['data'];
}
