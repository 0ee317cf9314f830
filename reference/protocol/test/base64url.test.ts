import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { base64UrlDecode, base64UrlEncode } from '../src/base64url.ts';

describe('base64url without padding', () => {
  it('is what Node writes, and is read back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = base64UrlEncode(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64url'));
        expect(base64UrlDecode(text)).toEqual(bytes);
      }),
      { numRuns: runs(300) },
    );
  });

  it('has one text for one value: every text that is accepted is written back as it was', () => {
    const unit = fc.constantFrom(...'ABQgw-_09z', '=', '+', '/', ' ', '\n', 'é');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 6 }), (text) => {
        const bytes = base64UrlDecode(text);
        const canonical = Buffer.from(text, 'base64url').toString('base64url') === text;
        expect(bytes !== undefined).toBe(canonical);
        if (bytes !== undefined) expect(base64UrlEncode(bytes)).toBe(text);
      }),
      { numRuns: runs(1_000) },
    );
  });

  it.each([
    ['padding', 'AA=='],
    ['a blank', 'AA AA'],
    ['a line end', 'AAAA\n'],
    ['the characters of plain base64', '+/AA'],
    ['a single character more than whole bytes have', 'AAAAA'],
    ['stray bits after one byte', 'AB'],
    ['stray bits after two bytes', 'AAB'],
    ['a character beyond ASCII', 'AA🚀A'],
  ])('refuses %s', (_title, text) => {
    expect(base64UrlDecode(text)).toBeUndefined();
  });
});
