import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecFor, ENCODINGS, type Frame, PAYLOAD_DEPTH_MAX, payloadProblem } from '../src/index.ts';
import { payload } from './support/arbitraries.ts';
import { packr } from './support/msgpackr.ts';
import { outcomeOf, refusalOf } from './support/outcome.ts';

/** publish with this payload, id 9, in MessagePack by msgpackr. */
const packed = (value: unknown) => packr.pack([4, 9, 'a', 'm', value]);
/** publish with these bytes as payload. */
const raw = (...bytes: number[]) => Uint8Array.of(0x95, 4, 9, 0xa1, 0x61, 0xa1, 0x6d, ...bytes);
const json = (value: string) => `{"type":"publish","id":9,"topic":"a","messageId":"m","payload":${value}}`;

const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

describe('I7: what one encoding cannot say exactly is refused at the door (§3.3)', () => {
  it.each([
    ['binary', raw(0xc4, 2, 1, 2)],
    ['binary inside a map', packed({ a: [new Uint8Array([1])] })],
    ['an extension', raw(0xd4, 5, 1)],
    ['a timestamp extension', raw(0xd6, 0xff, 0, 0, 0, 1)],
    ['an integer of 2^53', raw(0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0)],
    ['an integer of -2^63', raw(0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0)],
    ['NaN', raw(0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0)],
    ['infinity', raw(0xca, 0x7f, 0x80, 0, 0)],
    ['minus infinity in an array', raw(0x91, 0xca, 0xff, 0x80, 0, 0)],
    ['65 levels', packed(nested(65))],
  ])('MessagePack: %s', (_title, body) => {
    const refusal = refusalOf('msgpack', body);
    expect(refusal).toMatchObject({ code: 'INVALID_FIELD', id: 9 });
    expect(refusal.message).toContain('payload');
  });

  it.each([
    ['a lone surrogate', '"\\ud800"'],
    ['a key with a lone surrogate', '{"\\udfff":1}'],
    ['the key __proto__', '{"a":{"__proto__":1}}'],
    ['a number that is not finite', '[1e999]'],
    ['65 levels', JSON.stringify(nested(65))],
  ])('JSON: %s', (_title, value) => {
    const refusal = refusalOf('json', json(value));
    expect(refusal).toMatchObject({ code: 'INVALID_FIELD', id: 9 });
    expect(refusal.message).toContain('payload');
  });

  it('JSON: an integer beyond 2^53 is refused, not rounded', () => {
    expect(refusalOf('json', json('9007199254740993'))).toMatchObject({ code: 'INVALID_FIELD', id: 9 });
  });

  it('MessagePack: the key __proto__ is refused', () => {
    const body = raw(0x81, 0xa9, ...new TextEncoder().encode('__proto__'), 1);
    expect(refusalOf('msgpack', body).code).toBe('MALFORMED_FRAME');
  });

  it('MessagePack: a key that is no text is refused', () => {
    expect(refusalOf('msgpack', raw(0x81, 1, 1)).code).toBe('MALFORMED_FRAME');
  });

  it.each([
    ['bytes that no text has', [0xa3, 0x61, 0xff, 0xfe]],
    ['a text that ends inside a character', [0xa2, 0x61, 0xc3]],
    ['an overlong form', [0xa2, 0xc0, 0x80]],
    ['a lone surrogate', [0xa3, 0xed, 0xa0, 0x80]],
    ['a key with a lone surrogate', [0x81, 0xa3, 0xed, 0xa0, 0x80, 1]],
    ['invalid bytes in a long text', [0xd9, 250, 0xff, ...Array.from({ length: 249 }, () => 0x61)]],
  ])('MessagePack: a text that is not UTF-8 is refused, not repaired: %s', (_title, bytes) => {
    expect(refusalOf('msgpack', raw(...bytes)).code).toBe('MALFORMED_FRAME');
  });

  it('64 levels pass in both encodings, also as the data of messages and snapshots', () => {
    const value = nested(PAYLOAD_DEPTH_MAX);
    expect(outcomeOf('json', json(JSON.stringify(value)), 'client')).toMatchObject({ payload: value });
    expect(outcomeOf('msgpack', packed(value), 'client')).toMatchObject({ payload: value });
    const entry = { seqNo: 1, messageId: 'm', time: 0, data: value };
    for (const encoding of ENCODINGS) {
      const codec = codecFor(encoding);
      const shared = { topic: 'a', alias: 1 };
      const message = codec.encode({ type: 'message', ...shared, prevSeqNo: 0, ...entry } as Frame);
      const snapshot = codec.encode({ type: 'snapshot', ...shared, seqNo: 1, entries: [entry], last: true } as Frame);
      expect(outcomeOf(encoding, message, 'gateway')).toMatchObject(entry);
      expect(outcomeOf(encoding, snapshot, 'gateway')).toMatchObject({ entries: [entry] });
    }
  });
});

describe('I7: what else reaches other clients is held to the same (§3.3)', () => {
  const publish = { type: 'publish', id: 9, topic: 'a', messageId: 'm', payload: 1 };
  const presence = { type: 'presence', id: 9, topic: 'a', action: 'enter' };
  const signature = { alg: 'HS256', keyId: 'k', value: 'v' };

  it.each([
    ['data', JSON.stringify({ ...presence, data: nested(65) })],
    ['data', JSON.stringify({ ...presence, data: { a: '\ud800' } })],
    ['data', JSON.stringify({ ...presence, data: [2 ** 53] })],
    ['data', JSON.stringify(presence).replace('}', ',"data":{"__proto__":1}}')],
    ['key', JSON.stringify({ ...publish, key: 'a\udfff' })],
    ['signature', JSON.stringify({ ...publish, signature: { ...signature, alg: '\ud800' } })],
    ['signature', JSON.stringify({ ...publish, signature: { ...signature, value: '\ud800' } })],
  ])('JSON: %s of %s', (field, body) => {
    const refusal = refusalOf('json', body);
    expect(refusal).toMatchObject({ code: 'INVALID_FIELD', id: 9 });
    expect(refusal.message).toContain(field);
  });

  it.each([
    ['binary', new Uint8Array([1])],
    ['a timestamp', new Date(0)],
    ['NaN', Number.NaN],
    ['65 levels', nested(65)],
  ])('MessagePack: %s as the data of presence', (_title, data) => {
    const refusal = refusalOf('msgpack', packr.pack([18, 9, 'a', 'enter', data]));
    expect(refusal).toMatchObject({ code: 'INVALID_FIELD', id: 9 });
    expect(refusal.message).toContain('data');
  });
});

describe('payloadProblem (§3.3)', () => {
  it('finds nothing in a JSON value', () => {
    fc.assert(fc.property(payload, (value) => payloadProblem(value, 64) === undefined));
  });

  it.each([
    [undefined, 'undefined'],
    [() => 1, 'function'],
    [Symbol('x'), 'symbol'],
    [1n, '2^53'],
    [Number.NaN, 'not finite'],
    [new Date(0), 'extension'],
    [new Map(), 'extension'],
    [Object.create(null), 'extension'],
    [[1, { a: undefined }], 'undefined'],
    [JSON.parse('{"__proto__":1}'), '__proto__'],
    ['\udc00', 'surrogate'],
  ])('says what is wrong with %o', (value, problem) => {
    expect(payloadProblem(value, 64)).toContain(problem);
  });

  it.each([
    [[], 0, true],
    [[], 1, false],
    [{ a: {} }, 1, true],
    [{ a: {} }, 2, false],
    [1, 0, false],
  ])('%j at a depth of %i is too deep: %s', (value, depthMax, tooDeep) => {
    expect(payloadProblem(value, depthMax) !== undefined).toBe(tooDeep);
  });
});
