import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dotsOf, figuresOf, seriesOf, workloadsOf } from '../../.vitepress/theme/live/chart/bench-view.ts';
import { layoutDots } from '../../.vitepress/theme/live/chart/dots.ts';
import { layoutChart, type Series, styleOf } from '../../.vitepress/theme/live/chart/layout.ts';
import { evenScale, logScale } from '../../.vitepress/theme/live/chart/scale.ts';
import type { BenchRow } from '../../tools/runs/result-schema.ts';

const labels = (values: readonly number[]): number[] =>
  logScale(values, 0, 100)
    .ticks.filter(({ labelled }) => labelled)
    .map(({ value }) => value);

describe('a logarithmic scale', () => {
  it('puts equal ratios at equal distances', () => {
    const { at } = logScale([1, 1000], 0, 300);
    expect([1, 10, 100, 1000].map((value) => Math.round(at(value)))).toEqual([0, 100, 200, 300]);
  });

  it('ends at whole steps around the values', () => {
    expect(logScale([1.3, 7.1], 0, 1).ticks.map(({ value }) => value)).toEqual([1, 2, 5, 10]);
    expect(logScale([0.023, 0.3], 0, 1).ticks.map(({ value }) => value)).toEqual([0.02, 0.05, 0.1, 0.2, 0.5]);
  });

  it('labels every step of one decade, and powers of ten of many', () => {
    expect(labels([1, 10])).toEqual([1, 2, 5, 10]);
    expect(labels([3, 300])).toEqual([5, 10, 50, 100, 500]);
    expect(labels([1, 100_000])).toEqual([1, 10, 100, 1000, 10_000, 100_000]);
  });

  it('works with one value, with none, and with those that have no logarithm', () => {
    expect(labels([5])).toEqual([5, 10]);
    expect(labels([])).toEqual([1, 2, 5, 10]);
    expect(logScale([0, 4], 0, 10).at(0)).toBe(0);
  });

  it('keeps every value inside, in order, and at least two labels, for any values', () => {
    const value = fc.double({ min: 1e-6, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
        const scale = logScale(values, 0, 100);
        const sorted = [...values].sort((a, b) => a - b).map((one) => scale.at(one));
        expect(
          sorted.every((place, index) => place >= -0.01 && place <= 100.01 && place >= (sorted[index - 1] ?? -1)),
        ).toBe(true);
        expect(scale.ticks.filter(({ labelled }) => labelled).length).toBeGreaterThanOrEqual(2);
      }),
    );
  });
});

describe('the layout of a chart', () => {
  const series = (name: string, ...values: number[]): Series => ({
    name,
    points: values.map((median, index) => ({ x: 10 ** index, median, min: median / 2, max: median * 2 })),
  });

  it('keeps every mark inside the drawing, on wide screens and on phones', () => {
    for (const width of [240, 312, 680, 1200]) {
      const {
        plot,
        height,
        series: placed,
      } = layoutChart([series('micro-socket', 1, 2, 3), series('b', 9, 80, 7)], width);
      expect(plot.right - plot.left).toBeGreaterThan(width * 0.35);
      for (const { points, label } of placed) {
        expect(label.y).toBeGreaterThan(0);
        expect(label.y).toBeLessThan(height);
        for (const { x, top, bottom } of points) {
          expect(x).toBeGreaterThanOrEqual(plot.left);
          expect(x).toBeLessThanOrEqual(plot.right);
          expect(top).toBeGreaterThanOrEqual(plot.top);
          expect(bottom).toBeLessThanOrEqual(plot.bottom + 0.01);
        }
      }
    }
  });

  it('moves labels apart that would overlap', () => {
    const { series: placed } = layoutChart([series('a', 5), series('b', 5), series('c', 5.01), series('d', 5)], 680);
    const ys = placed.map(({ label }) => label.y).sort((a, b) => a - b);
    ys.slice(1).forEach((y, index) => {
      expect(y - (ys[index] ?? 0)).toBeGreaterThanOrEqual(14.9);
    });
  });

  it('has room for the labels of a dozen programs, on wide screens and on phones', () => {
    const dozen = Array.from({ length: 12 }, (_, index) => series(`program ${index}`, 5));
    for (const width of [240, 680]) {
      const { series: placed, plot } = layoutChart(dozen, width);
      const ys = placed.map(({ label }) => label.y).sort((a, b) => a - b);
      expect(ys[0]).toBeGreaterThanOrEqual(plot.top);
      expect(ys.at(-1)).toBeLessThanOrEqual(plot.bottom);
      ys.slice(1).forEach((y, index) => {
        expect(y - (ys[index] ?? 0)).toBeGreaterThanOrEqual(14.9);
      });
    }
  });

  it('tells a dozen programs apart by colour and shape together', () => {
    const styles = Array.from({ length: 12 }, (_, index) => styleOf(index));
    expect(new Set(styles.map(({ colour, shape }) => `${colour}/${shape}`)).size).toBe(12);
    expect(styles.filter(({ dashed }) => dashed)).toHaveLength(6);
  });

  it('uses the measured numbers of subscribers as ticks', () => {
    const { xTicks } = layoutChart([series('a', 1, 2, 3)], 680);
    expect(xTicks.map(({ value }) => value)).toEqual([1, 10, 100]);
  });

  it('spaces values evenly where one of them has no logarithm', () => {
    const points = [0, 10, 100_000].map((x) => ({ x, median: 1, min: 1, max: 1 }));
    const { xTicks, plot } = layoutChart([{ name: 'a', points }], 680);
    const middle = (plot.left + plot.right) / 2;
    expect(xTicks.map(({ at }) => Math.round(at))).toEqual([plot.left, middle, plot.right].map(Math.round));
    expect(evenScale([7], 0, 100).at(7)).toBe(0);
  });

  it('draws nothing for no series, and does not fail', () => {
    expect(layoutChart([], 680).series).toEqual([]);
  });
});

describe('a chart of programs', () => {
  const dot = (name: string, median: number) => ({
    name,
    note: '',
    isMeasure: false,
    median,
    min: median / 2,
    max: median * 2,
  });

  it('has a line for each, and every mark inside the drawing, on wide screens and on phones', () => {
    for (const width of [240, 680]) {
      const { dots, plot, height } = layoutDots([dot('a', 3), dot('b', 3_000), dot('c', 0.1)], width);
      expect(dots.map(({ dot: { name } }) => name)).toEqual(['a', 'b', 'c']);
      for (const { x, left, right, y, textY } of dots) {
        expect(plot.left).toBeLessThanOrEqual(left);
        expect(left).toBeLessThan(x);
        expect(x).toBeLessThan(right);
        expect(right).toBeLessThanOrEqual(plot.right + 0.01);
        expect(textY).toBeLessThan(y);
        expect(y).toBeLessThan(height);
      }
    }
  });

  it('has no labels that touch, however many powers of ten there are', () => {
    for (const width of [240, 680]) {
      const labelled = layoutDots([dot('a', 3), dot('b', 3_000_000)], width).ticks.filter((tick) => tick.labelled);
      expect(labelled.length).toBeGreaterThan(2);
      labelled.slice(1).forEach(({ at }, place) => {
        expect(at - (labelled[place]?.at ?? 0)).toBeGreaterThanOrEqual(50);
      });
    }
  });

  it('draws nothing for no program, and does not fail', () => {
    expect(layoutDots([], 680).dots).toEqual([]);
  });
});

describe('the rows of a benchmark', () => {
  const spread = (median: number) => ({ median, min: 1, max: 9 });
  const row = (program: string, subscribers: number, payloadBytes: number): BenchRow => ({
    program,
    workload: { subscribers, payloadBytes },
    figures: { startMs: spread(subscribers), rssBytes: spread(1) },
  });
  const beside = (program: string, figures: readonly string[]) => ({
    program,
    ratios: Object.fromEntries(figures.map((figure) => [figure, spread(2)])),
    noise: [],
  });

  it('are only compared within one workload, which is all but what is drawn along', () => {
    const workloads = workloadsOf([row('a', 1, 1024), row('a', 2, 64), row('b', 1, 64)], 'subscribers');
    expect(workloads.map(({ parts, rows }) => [parts, rows.length])).toEqual([
      [{ payloadBytes: 1024 }, 1],
      [{ payloadBytes: 64 }, 2],
    ]);
    expect(workloadsOf([row('a', 1, 64), row('b', 2, 64), row('c', 1, 64)], undefined)).toHaveLength(2);
  });

  it('give one series a program, without points where a figure is not there', () => {
    const series = seriesOf([row('a', 1, 64), row('b', 1, 64), row('a', 10, 64)], 'subscribers', 'startMs');
    expect(series.map(({ name, points }) => [name, points.map(({ x }) => x)])).toEqual([
      ['a', [1, 10]],
      ['b', [1]],
    ]);
    expect(seriesOf([row('a', 1, 64)], 'subscribers', 'p50Micros')).toEqual([{ name: 'a', points: [] }]);
  });

  it('give one dot a program, which tells what it is beside and whether it is only a measure', () => {
    const rows = [
      { ...row('edge', 1, 64), comparisons: [beside('bare', ['rssBytes']), beside('ours', ['startMs'])] },
      { ...row('ours', 1, 64), comparisons: [beside('bare', ['startMs'])] },
      row('bare', 1, 64),
    ];
    const dots = dotsOf(rows, 'startMs', ({ program }) => `beside ${program}`);
    expect(dots.map(({ name, note, isMeasure }) => [name, note, isMeasure])).toEqual([
      ['edge', 'beside ours', false],
      ['ours', 'beside bare', false],
      ['bare', '', true],
    ]);
  });

  it('have the figures that are drawn first, and then the others', () => {
    expect(figuresOf([row('a', 1, 64)], ['rssBytes', 'p50Micros'])).toEqual(['rssBytes', 'startMs']);
  });
});
