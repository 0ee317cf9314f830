/** Figures and workloads of benchmarks in the words of the page. What has no words yet stands under its own name. */

import type { BenchComparison } from '../../../tools/runs/result-schema.ts';
import type { LiveText } from '../../locales/live.en.ts';
import { fill, type LiveFormat, type Plural } from './live-text.ts';

interface FigureWords {
  readonly title: string;
  /** Empty where the value says it itself. */
  readonly unit: string;
  /** The title with unit and direction. */
  readonly axis: string;
}

interface PartWords {
  readonly title: string;
  readonly value: Plural;
}

export function figureWords(text: LiveText, figure: string): FigureWords {
  const known: Readonly<Record<string, FigureWords>> = text.bench.figures;
  return known[figure] ?? { title: figure, unit: '', axis: figure };
}

export function partTitle(text: LiveText, part: string): string {
  return partWords(text, part).title;
}

/** `1 message per turn, 128 B payload` */
export function workloadText(text: LiveText, format: LiveFormat, parts: Readonly<Record<string, number>>): string {
  const words = Object.entries(parts).map(([part, value]) => {
    const { value: forms } = partWords(text, part);
    return part.endsWith('Bytes') ? fill(forms.other, { count: format.bytes(value) }) : format.plural(forms, value);
  });
  return words.join(', ');
}

/** The unit is in the name. */
export function figureText(format: LiveFormat, figure: string, value: number): string {
  if (figure.endsWith('Bytes')) return format.bytes(value);
  if (figure.endsWith('Share')) return format.percent(value);
  return /Per\w*Second$/.test(figure) ? format.compact(value) : format.measure(value);
}

/** `0.43 × tcp-echo`; empty where the figure was not compared. */
export function ratioText(text: LiveText, format: LiveFormat, comparison: BenchComparison, figure: string): string {
  const { program, workload, ratios } = comparison;
  const ratio = ratios[figure];
  if (ratio === undefined) return '';
  const values = { ratio: format.measure(ratio.median), program };
  if (workload === undefined) return fill(text.bench.ratio, values);
  return fill(text.bench.ratioWith, { ...values, workload: workloadText(text, format, workload) });
}

function partWords(text: LiveText, part: string): PartWords {
  const known: Readonly<Record<string, PartWords>> = text.bench.parts;
  return known[part] ?? { title: part, value: { one: `{count} ${part}`, other: `{count} ${part}` } };
}
