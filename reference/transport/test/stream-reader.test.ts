import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { closeRecord, StreamReader, streamWire } from '../src/index.ts';

const READ_MAX = 1_000;

/** Everything that a reader says of a stream, in order. */
function said(chunks: Iterable<Uint8Array>, readMax = READ_MAX): string[] {
  const heard: string[] = [];
  const reader = new StreamReader(
    {
      onBody: (body) => void heard.push(`body ${hex(body)}`),
      onCloseRecord: (code, reason) => void heard.push(`close ${code} ${reason}`),
      onBroken: (code) => void heard.push(`broken ${code}`),
    },
    readMax,
  );
  for (const chunk of chunks) reader.push(chunk);
  heard.push(reader.betweenFrames ? 'between' : 'inside');
  return heard;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const frame = (...body: number[]) => streamWire.frame(Uint8Array.from(body));
const joined = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
const record = (code: number, reason: Uint8Array, announced = reason.length) =>
  joined(Uint8Array.of(0, 0, 0, 0, code >> 8, code & 255, announced >> 8, announced & 255), reason);

const conversation = joined(frame(1), frame(...Array(300).fill(7)), frame(0, 0, 0, 0), closeRecord(4200, 'ş: drain'));
const meaning = [`body 01`, `body ${'07'.repeat(300)}`, 'body 00000000', 'close 4200 ş: drain', 'inside'];

describe('the bytes of a stream (§3.4)', () => {
  it('a frame is its length in four bytes, big-endian, and its body', () => {
    expect([...streamWire.frame('aş')]).toEqual([0, 0, 0, 3, 0x61, 0xc5, 0x9f]);
    expect([...streamWire.frame(Uint8Array.of(9))]).toEqual([0, 0, 0, 1, 9]);
    expect([...streamWire.frame('x'.repeat(0x01_02_03)).subarray(0, 4)]).toEqual([0, 1, 2, 3]);
  });

  it('a close record is the length 0, the code, the length of the reason, and the reason', () => {
    expect([...closeRecord(4200, 'ş')]).toEqual([0, 0, 0, 0, 0x10, 0x68, 0, 2, 0xc5, 0x9f]);
    expect([...closeRecord(1000, '')]).toEqual([0, 0, 0, 0, 0x03, 0xe8, 0, 0]);
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 2000, 5000, 65_536])('%i is refused as a code to send', (code) => {
    expect(() => closeRecord(code, '')).toThrow(RangeError);
  });

  it('an empty body is refused, because its length would announce a close record', () => {
    expect(() => streamWire.frame('')).toThrow(RangeError);
    expect(() => streamWire.frame(new Uint8Array())).toThrow(RangeError);
  });
});

describe('a reader of a stream', () => {
  it('reads frames and the close record out of one chunk', () => {
    expect(said([conversation])).toEqual(meaning);
  });

  it('reads the same when the stream is cut in two at any byte', () => {
    for (let cut = 0; cut <= conversation.length; cut++) {
      expect(said([conversation.subarray(0, cut), conversation.subarray(cut)]), `cut at ${cut}`).toEqual(meaning);
    }
  });

  it('reads the same when every byte comes alone', () => {
    expect(said([...conversation].map((byte) => Uint8Array.of(byte)))).toEqual(meaning);
  });

  it('reads the same however any stream is cut', () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 700 }), { maxLength: 8 });
    const cuts = fc.array(fc.nat(6_000), { maxLength: 12 });
    fc.assert(
      fc.property(bodies, cuts, (given, at) => {
        const stream = joined(...given.map((body) => streamWire.frame(body)));
        const edges = [0, ...at.filter((cut) => cut < stream.length).toSorted((a, b) => a - b), stream.length];
        const chunks = edges.slice(1).map((end, index) => stream.subarray(edges[index], end));
        expect(said(chunks)).toEqual([...given.map((body) => `body ${hex(body)}`), 'between']);
      }),
      { numRuns: runs(300) },
    );
  });

  it('hands over bodies that stay as they are when the next ones come', () => {
    const bodies: Uint8Array[] = [];
    const sink = { onBody: (body: Uint8Array) => void bodies.push(body), onCloseRecord() {}, onBroken() {} };
    const reader = new StreamReader(sink, READ_MAX);
    for (const byte of joined(frame(1, 2, 3), frame(4, 5, 6))) reader.push(Uint8Array.of(byte));
    expect(bodies.map(hex)).toEqual(['010203', '040506']);
  });

  it.each([
    ['nothing has come', 0, 'between'],
    ['a frame is whole', 5, 'between'],
    ['a length is cut', 3, 'inside'],
    ['a body has not begun', 4, 'inside'],
  ])('knows whether it stands between two frames: %s', (_when, bytes, where) => {
    expect(said([frame(1).subarray(0, bytes)]).at(-1)).toBe(where);
  });

  it('takes a body of frameBytesReadMax, and stops with 1009 before the first byte of a larger one', () => {
    const largest = Uint8Array.from({ length: READ_MAX }, () => 5);
    expect(said([streamWire.frame(largest)])).toEqual([`body ${hex(largest)}`, 'between']);
    const announced = Uint8Array.of(0, 0, 0x03, 0xe9);
    expect(said([joined(frame(1), announced, frame(2))])).toEqual(['body 01', 'broken 1009', 'inside']);
    expect(said([Uint8Array.of(0xff, 0xff, 0xff, 0xff)])).toEqual(['broken 1009', 'inside']);
  });

  it.each([
    ['the code 0', record(0, new Uint8Array())],
    ['the code 999', record(999, new Uint8Array())],
    ['the code 1005, which stands for no code', record(1005, new Uint8Array())],
    ['the code 1006, which stands for a lost link', record(1006, new Uint8Array())],
    ['the code 5000', record(5000, new Uint8Array())],
    ['a reason of 124 bytes', record(4000, new Uint8Array(124).fill(97))],
    ['a reason that announces 65,535 bytes', record(4000, new Uint8Array(), 65_535)],
    ['a reason that is not UTF-8', record(4000, Uint8Array.of(0xff))],
    ['a reason that ends inside a character', record(4000, Uint8Array.of(0xc5))],
  ])('a close record with %s is a lost link (1006)', (_what, bytes) => {
    expect(said([frame(1), bytes])).toEqual(['body 01', 'broken 1006', 'inside']);
    expect(said([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(['broken 1006', 'inside']);
  });

  it('a reason of 123 bytes is read', () => {
    expect(said([closeRecord(1000, 'a'.repeat(123))])[0]).toBe(`close 1000 ${'a'.repeat(123)}`);
  });

  it('reads nothing behind a close record', () => {
    expect(said([closeRecord(1000, ''), frame(1), closeRecord(4000, 'x')])).toEqual(['close 1000 ', 'inside']);
  });

  it('takes memory for what has come, not for what was announced', () => {
    const readers = 300;
    const before = process.memoryUsage().arrayBuffers;
    const kept = Array.from({ length: readers }, () => {
      const reader = new StreamReader({ onBody() {}, onCloseRecord() {}, onBroken() {} }, 1_048_576);
      reader.push(Uint8Array.of(0, 0x10, 0, 0, 1));
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(readers * 16_384);
    expect(kept).toHaveLength(readers);
  });

  it('gathers a large body from single bytes without copying it over and over', () => {
    const size = 1_048_576;
    const lengths: number[] = [];
    const sink = { onBody: ({ length }: Uint8Array) => void lengths.push(length), onCloseRecord() {}, onBroken() {} };
    const reader = new StreamReader(sink, size);
    reader.push(Uint8Array.of(0, 0x10, 0, 0));
    // With one copy of all that came per byte this would move half a terabyte.
    const byte = Uint8Array.of(1);
    for (let at = 0; at < size; at++) reader.push(byte);
    expect(lengths).toEqual([size]);
  });
});
