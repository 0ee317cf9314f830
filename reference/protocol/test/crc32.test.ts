import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { crc32 } from '../src/crc32.ts';

/** Characters of one to four bytes. */
const character = fc.constantFrom('a', 'ı', '東', '🚀');

describe('CRC-32 (I7)', () => {
  it.each([
    ['', 0],
    ['123456789', 0xcbf4_3926],
    ['The quick brown fox jumps over the lazy dog', 0x414f_a339],
  ])('of %j is the published value', (text, expected) => {
    expect(crc32(text)).toBe(expected);
  });

  it('is what zlib says of the UTF-8 bytes of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(crc32(text)).toBe(zlibCrc32(text));
      }),
      { numRuns: runs(200) },
    );
  });

  it('does not depend on where a long text is cut for encoding', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4_080, max: 4_100 }),
        fc.string({ unit: character, maxLength: 12 }),
        character,
        fc.integer({ min: 0, max: 5_000 }),
        (before, between, repeated, count) => {
          const text = 'x'.repeat(before) + between + repeated.repeat(count);
          expect(crc32(text)).toBe(zlibCrc32(text));
        },
      ),
      { numRuns: runs(100) },
    );
  });
});
