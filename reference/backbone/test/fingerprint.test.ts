import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { payload } from '../../protocol/test/support/arbitraries.ts';
import { fingerprintOf } from '../src/memory/fingerprint.ts';

describe('fingerprintOf (I2)', () => {
  it('is the same for the same payload, and a safe integer', () => {
    fc.assert(
      fc.property(payload, (value) => {
        const fingerprint = fingerprintOf(value);
        expect(Number.isSafeInteger(fingerprint) && fingerprint >= 0).toBe(true);
        expect(fingerprintOf(JSON.parse(JSON.stringify(value)))).toBe(fingerprint);
      }),
    );
  });

  it('tells payloads apart that differ in one character, in its place, or in the order of keys', () => {
    const seen = new Map<number, string>();
    const add = (value: Parameters<typeof fingerprintOf>[0]) => {
      const text = JSON.stringify(value);
      expect(seen.get(fingerprintOf(value)) ?? text).toBe(text);
      seen.set(fingerprintOf(value), text);
    };
    for (let price = 0; price < 20_000; price++) add({ bid: price, ask: price + 1 });
    for (let at = 0; at < 64; at++) {
      for (const character of 'abcXYZ019 ş€') add(`${'x'.repeat(at)}${character}${'x'.repeat(63 - at)}`);
      add('x'.repeat(at));
    }
    for (const value of [null, true, false, 0, '0', '', [], {}, [[]], [null], { a: 1, b: 2 }, { b: 2, a: 1 }])
      add(value);
  });
});
