/** Damaged copies of a body: parts of it replaced, inserted, repeated and taken away. By hand, because millions are made. */

import type { FrameBody } from '../../src/index.ts';

/** Integers from 0 to `end - 1`. */
export type Dice = (end: number) => number;

/** Dice that fall in the same way for the same seed (mulberry32). */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  return (end) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  };
}

/** The body after one to four changes. A text stays a text, and may get lone surrogates. */
export function damaged(body: FrameBody, dice: Dice): FrameBody {
  const isText = typeof body === 'string';
  const units = isText ? Array.from(body, (_, at) => body.charCodeAt(at)) : [...body];
  for (let changes = 1 + dice(4); changes > 0; changes--) change(units, isText ? textUnit(dice) : dice(0x100), dice);
  return isText ? String.fromCharCode(...units) : Uint8Array.from(units);
}

function change(units: number[], unit: number, dice: Dice): void {
  const at = dice(units.length + 1);
  const length = 1 + dice(12);
  switch (dice(4)) {
    case 0:
      units.splice(at, 1, unit);
      break;
    case 1:
      units.splice(at, 0, unit);
      break;
    case 2:
      units.splice(at, 0, ...units.slice(at, at + length));
      break;
    default:
      units.splice(at, length);
  }
}

const MARKS = '{}[]:,"\\-+.eE0123456789tfnu \u0000';

/** What matters in JSON comes more often than chance would have it. */
function textUnit(dice: Dice): number {
  return dice(2) === 0 ? dice(0x1_0000) : MARKS.charCodeAt(dice(MARKS.length));
}
