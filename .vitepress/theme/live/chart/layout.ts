/** Where everything of a line chart stands. The component only draws what comes out of here. */

import { evenScale, logScale, type Scale, type Tick } from './scale.ts';

export interface SeriesPoint {
  readonly x: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface Series {
  readonly name: string;
  readonly points: readonly SeriesPoint[];
}

export interface PlacedPoint {
  readonly x: number;
  readonly y: number;
  readonly top: number;
  readonly bottom: number;
  readonly value: SeriesPoint;
}

export interface PlacedSeries {
  readonly name: string;
  /** Chooses colour, dash and marker. */
  readonly index: number;
  readonly path: string;
  readonly points: readonly PlacedPoint[];
  readonly label: { readonly x: number; readonly y: number };
}

export interface PlacedTick extends Tick {
  readonly at: number;
}

export interface ChartLayout {
  readonly width: number;
  readonly height: number;
  readonly plot: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  readonly xTicks: readonly PlacedTick[];
  readonly yTicks: readonly PlacedTick[];
  readonly series: readonly PlacedSeries[];
}

const TOP = 12;
const BOTTOM = 44;
const LEFT = 60;
const CHAR_WIDTH = 6.8;
const LABEL_GAP = 10;
const LABEL_HEIGHT = 15;
const LABELS_FROM_TOP = 4;

/** As many as there are in `live.css`. */
const COLOURS = 6;

/** How a series is told from the others: no two of 36 have the same colour and the same shape. */
export function styleOf(index: number): { readonly colour: number; readonly shape: number; readonly dashed: boolean } {
  const round = Math.floor(index / COLOURS);
  return { colour: index % COLOURS, shape: (index + round) % COLOURS, dashed: round % 2 === 1 };
}

/** `width` is what the page offers; the height follows from it. */
export function layoutChart(series: readonly Series[], width: number): ChartLayout {
  const labels = TOP + LABELS_FROM_TOP + series.length * LABEL_HEIGHT + BOTTOM;
  const height = Math.round(Math.max(labels, Math.min(360, Math.max(240, width * 0.55))));
  const longest = Math.max(0, ...series.map(({ name }) => name.length));
  const labelRoom = Math.min(width * 0.36, longest * CHAR_WIDTH + LABEL_GAP + 4);
  const plot = { left: LEFT, right: width - labelRoom, top: TOP, bottom: height - BOTTOM };
  const all = series.flatMap(({ points }) => points);
  const x = xScale(distinct(all.map((point) => point.x)), plot.left, plot.right);
  const y = logScale(
    all.flatMap(({ min, max, median }) => [min, max, median]),
    plot.bottom,
    plot.top,
  );
  const placed = series.map(({ name, points }, index) => {
    const places = [...points]
      .sort((a, b) => a.x - b.x)
      .map((value) => ({
        x: x.at(value.x),
        y: y.at(value.median),
        top: y.at(value.max),
        bottom: y.at(value.min),
        value,
      }));
    const last = places.at(-1);
    const label = { x: (last?.x ?? plot.left) + LABEL_GAP, y: last?.y ?? plot.bottom };
    return { name, index, points: places, path: pathOf(places), label };
  });
  return {
    width,
    height,
    plot,
    xTicks: measuredTicks(all, x.ticks, x.at),
    yTicks: y.ticks.map((tick) => ({ ...tick, at: y.at(tick.value) })),
    series: spreadLabels(placed, plot.top + LABELS_FROM_TOP, plot.bottom),
  };
}

/** Whether what is drawn along can stand on a logarithmic axis. */
export function isLogarithmic(values: readonly number[]): boolean {
  return values.every((value) => value > 0);
}

function xScale(values: readonly number[], from: number, to: number): Scale {
  return isLogarithmic(values) ? logScale(values, from, to) : evenScale(values, from, to);
}

/** The values that were measured make better ticks than round numbers, as long as they are few. */
function measuredTicks(
  points: readonly SeriesPoint[],
  roundTicks: readonly Tick[],
  at: (value: number) => number,
): PlacedTick[] {
  const values = distinct(points.map((point) => point.x));
  const ticks = values.length <= 6 ? values.map((value) => ({ value, labelled: true })) : roundTicks;
  return ticks.map((tick) => ({ ...tick, at: at(tick.value) }));
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function pathOf(points: readonly { readonly x: number; readonly y: number }[]): string {
  return points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join(' ');
}

/** Moves labels apart that would overlap: downwards in order, and back up where the last ones left the plot. */
function spreadLabels(series: readonly PlacedSeries[], top: number, bottom: number): PlacedSeries[] {
  const order = [...series].sort((a, b) => a.label.y - b.label.y);
  const ys: number[] = [];
  for (const { label } of order)
    ys.push(Math.max(label.y, top, (ys.at(-1) ?? Number.NEGATIVE_INFINITY) + LABEL_HEIGHT));
  let limit = bottom;
  for (let index = ys.length - 1; index >= 0; index -= 1) {
    ys[index] = Math.min(ys[index] ?? limit, limit);
    limit = (ys[index] ?? limit) - LABEL_HEIGHT;
  }
  const placed = new Map(order.map(({ name }, index) => [name, ys[index] ?? bottom]));
  return series.map((one) => ({ ...one, label: { x: one.label.x, y: placed.get(one.name) ?? one.label.y } }));
}
