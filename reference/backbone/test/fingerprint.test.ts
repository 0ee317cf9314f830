import type { JsonValue } from '@micro-socket/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { payload } from '../../protocol/test/support/arbitraries.ts';
import { type Content, fingerprintOf } from '../src/parts/fingerprint.ts';

describe('fingerprintOf (I2)', () => {
  it('is the same for the same payload, and a safe integer', () => {
    fc.assert(
      fc.property(payload, (value) => {
        const fingerprint = fingerprintOf({ payload: value });
        expect(Number.isSafeInteger(fingerprint) && fingerprint >= 0).toBe(true);
        expect(fingerprintOf({ payload: JSON.parse(JSON.stringify(value)) })).toBe(fingerprint);
      }),
    );
  });

  it('tells payloads apart that differ in one character, in its place, or in the order of keys', () => {
    const seen = new Map<number, string>();
    const add = (value: JsonValue) => {
      const text = JSON.stringify(value);
      const fingerprint = fingerprintOf({ payload: value });
      expect(seen.get(fingerprint) ?? text).toBe(text);
      seen.set(fingerprint, text);
    };
    for (let price = 0; price < 20_000; price++) add({ bid: price, ask: price + 1 });
    for (let at = 0; at < 64; at++) {
      for (const character of 'abcXYZ019 ş€') add(`${'x'.repeat(at)}${character}${'x'.repeat(63 - at)}`);
      add('x'.repeat(at));
    }
    const small: JsonValue[] = [null, true, false, 0, '0', '', [], {}, [[]], [null], { a: 1, b: 2 }, { b: 2, a: 1 }];
    for (const value of small) add(value);
  });

  it('covers key, ref, ttlMs and every part of the signature, each in its place, and not by (§4.4)', () => {
    const signature = { alg: 'HS256', keyId: 'k', value: 'v' };
    const contents: Content[] = [
      { payload: 'x' },
      { payload: 'x', key: 'x' },
      { payload: 'x', ref: 'x' },
      { payload: 'x', key: 'x', ref: 'x' },
      { payload: 'x', ttlMs: 1 },
      { payload: 'x', ttlMs: 2 },
      { payload: ['x', 'x'] },
      { payload: 'x', signature },
      { payload: 'x', signature: { ...signature, alg: 'Ed25519' } },
      { payload: 'x', signature: { ...signature, keyId: 'v' } },
      { payload: 'x', signature: { ...signature, value: 'k' } },
    ];
    expect(new Set(contents.map(fingerprintOf)).size).toBe(contents.length);
    for (const content of contents) {
      expect(fingerprintOf({ ...content, by: 'ann' })).toBe(fingerprintOf(content));
      // A field that is there without a value is a field that is absent.
      expect(fingerprintOf({ ref: undefined, signature: undefined, ...content })).toBe(fingerprintOf(content));
    }
  });
});
