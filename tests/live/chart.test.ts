import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seriesOf, workloadsOf } from '../../.vitepress/theme/live/chart/bench-view.ts';
import { layoutChart, type Series } from '../../.vitepress/theme/live/chart/layout.ts';
import { logScale } from '../../.vitepress/theme/live/chart/scale.ts';
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

  it('uses the measured numbers of subscribers as ticks', () => {
    const { xTicks } = layoutChart([series('a', 1, 2, 3)], 680);
    expect(xTicks.map(({ value }) => value)).toEqual([1, 10, 100]);
  });

  it('draws nothing for no series, and does not fail', () => {
    expect(layoutChart([], 680).series).toEqual([]);
  });
});

describe('the rows of a benchmark', () => {
  const row = (program: string, subscribers: number, payloadBytes: number): BenchRow => ({
    program,
    subscribers,
    payloadBytes,
    messagesPerTurn: 1,
    cpuMicrosPerDelivery: { median: subscribers, min: 1, max: 9 },
    deliveriesPerSecond: { median: 1, min: 1, max: 1 },
    rssBytes: 1,
  });

  it('are only compared within one workload', () => {
    const workloads = workloadsOf([row('a', 1, 1024), row('a', 1, 64), row('b', 1, 64)]);
    expect(workloads.map(({ payloadBytes, rows }) => [payloadBytes, rows.length])).toEqual([
      [64, 2],
      [1024, 1],
    ]);
  });

  it('give one series a program', () => {
    const series = seriesOf([row('a', 1, 64), row('b', 1, 64), row('a', 10, 64)], (one) => one.cpuMicrosPerDelivery);
    expect(series.map(({ name, points }) => [name, points.map(({ x }) => x)])).toEqual([
      ['a', [1, 10]],
      ['b', [1]],
    ]);
  });
});
