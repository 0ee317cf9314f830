/** Whatever a benchmark names, the pages have words for in every language. */

import { describe, expect, it } from 'vitest';
import { liveEn } from '../../.vitepress/locales/live.en.ts';
import { liveEs } from '../../.vitepress/locales/live.es.ts';
import { liveTr } from '../../.vitepress/locales/live.tr.ts';
import { BENCHMARKS } from '../../bench/src/catalog.ts';
import { FIGURES, WORKLOAD_PARTS } from '../../bench/src/figures.ts';

describe.each([
  ['English', liveEn],
  ['Turkish', liveTr],
  ['Spanish', liveEs],
])('the %s texts of the benchmarks', (_language, text) => {
  it('name every figure and every part of a workload, and none that there is not', () => {
    expect(Object.keys(text.bench.figures).toSorted()).toEqual(Object.keys(FIGURES).toSorted());
    expect(Object.keys(text.bench.parts).toSorted()).toEqual(Object.keys(WORKLOAD_PARTS).toSorted());
  });

  it('say how each benchmark is measured', () => {
    const methods: Readonly<Record<string, string>> = text.methods;
    for (const { info } of BENCHMARKS) expect(methods[info.name], info.name).toMatch(/\S/);
  });
});
