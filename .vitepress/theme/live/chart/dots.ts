/** Where everything stands in a chart of programs, one below the other. The component only draws what comes out of here. */

import type { PlacedTick } from './layout.ts';
import { logScale } from './scale.ts';

/** What one program is drawn with. */
export interface Dot {
  readonly name: string;
  /** A few words that stand at the other end of its line. */
  readonly note: string;
  /** True for what the others are measured against. */
  readonly isMeasure: boolean;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface PlacedDot {
  readonly dot: Dot;
  /** Of its text. */
  readonly textY: number;
  /** Of its mark. */
  readonly y: number;
  readonly x: number;
  readonly left: number;
  readonly right: number;
}

export interface DotLayout {
  readonly width: number;
  readonly height: number;
  readonly plot: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  readonly ticks: readonly PlacedTick[];
  readonly dots: readonly PlacedDot[];
}

/** Nearer to each other, the labels of two ticks would touch. */
const LABEL_WIDTH = 52;
const SIDE = 18;
const ROW = 40;
const TEXT = 12;
const MARK = 25;
const BOTTOM = 28;

/** `width` is what the page offers; the height follows from the number of programs. */
export function layoutDots(dots: readonly Dot[], width: number): DotLayout {
  const bottom = dots.length * ROW;
  const plot = { left: SIDE, right: width - SIDE, top: 0, bottom };
  const scale = logScale(
    dots.flatMap(({ min, max, median }) => [min, max, median]),
    plot.left,
    plot.right,
  );
  return {
    width,
    height: bottom + BOTTOM,
    plot,
    ticks: spaced(scale.ticks.map((tick) => ({ ...tick, at: scale.at(tick.value) }))),
    dots: dots.map((dot, row) => ({
      dot,
      textY: row * ROW + TEXT,
      y: row * ROW + MARK,
      x: scale.at(dot.median),
      left: scale.at(dot.min),
      right: scale.at(dot.max),
    })),
  };
}

/** Takes away labels that have no room, and keeps the first. */
function spaced(ticks: readonly PlacedTick[]): PlacedTick[] {
  let end = Number.NEGATIVE_INFINITY;
  return ticks.map((tick) => {
    const labelled = tick.labelled && tick.at - end >= LABEL_WIDTH;
    if (labelled) end = tick.at;
    return { ...tick, labelled };
  });
}
