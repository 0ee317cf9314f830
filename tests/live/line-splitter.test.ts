import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, LineSplitter } from '../../tools/runs/line-splitter.ts';

function split(chunks: readonly Uint8Array[], maxChars = 1000): Line[] {
  const splitter = new LineSplitter(maxChars);
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (lines: readonly Line[]): string[] => lines.map(({ text }) => text);

const SAMPLE = '{"a":1}\nağ geçidi — çıkış\r\n\nseñal 🙂\nlast';
const SAMPLE_LINES = ['{"a":1}', 'ağ geçidi — çıkış', '', 'señal 🙂', 'last'];

describe('cutting bytes into lines', () => {
  it('gives the same lines wherever the input is cut in two', () => {
    const all = bytes(SAMPLE);
    for (let at = 0; at <= all.length; at += 1) {
      expect(texts(split([all.slice(0, at), all.slice(at)])), `cut at byte ${at}`).toEqual(SAMPLE_LINES);
    }
  });

  it('gives the same lines when the input comes byte by byte', () => {
    expect(texts(split([...bytes(SAMPLE)].map((byte) => Uint8Array.of(byte))))).toEqual(SAMPLE_LINES);
  });

  it('joins to what was printed, for any text in any pieces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat(60)), (text, cuts) => {
        const all = bytes(text);
        const at = [0, ...cuts.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length];
        const pieces = at.slice(1).map((end, index) => all.slice(at[index], end));
        const expected = text.split('\n').map((line) => line.replace(/\r$/, ''));
        if (text.endsWith('\n') || text === '') expected.pop();
        expect(texts(split(pieces, 10_000))).toEqual(expected);
      }),
    );
  });

  it('keeps the beginning of a line that is too long, marks it, and finds the next line', () => {
    const all = bytes(`${'x'.repeat(50)}\nshort\n${'y'.repeat(10)}\n`);
    const expected = [
      { text: 'x'.repeat(10), cut: true },
      { text: 'short', cut: false },
      { text: 'y'.repeat(10), cut: false },
    ];
    expect(split([all], 10)).toEqual(expected);
    expect(
      split(
        [...all].map((byte) => Uint8Array.of(byte)),
        10,
      ),
    ).toEqual(expected);
  });
});
