import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/runs.ts';
import { bodyBytes } from '../src/index.ts';

const bytesIn = (text: string) => Buffer.byteLength(text, 'utf8');

describe('bodyBytes', () => {
  it.each([
    ['', 10],
    ['abc', 3],
    ['ö'.repeat(5), 9],
    ['ö'.repeat(5), 10],
    ['ö'.repeat(5), 11],
    ['€€€', 8],
    ['€€€', 9],
    ['😀😀', 7],
    ['😀😀', 8],
    ['x'.repeat(11), 10],
  ])('says whether %j has more than %i bytes', (body, bytesMax) => {
    expect(bodyBytes(body, bytesMax) > bytesMax).toBe(bytesIn(body) > bytesMax);
  });

  it('is right about any text and any bound, above all at the bound', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(text, fc.integer({ min: -3, max: 3 }), (body, off) => {
        const bytesMax = Math.max(0, bytesIn(body) + off);
        return bodyBytes(body, bytesMax) > bytesMax === bytesIn(body) > bytesMax;
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('is the length of a binary body', () => {
    expect(bodyBytes(new Uint8Array(7), 3)).toBe(7);
  });
});
