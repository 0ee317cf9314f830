/**
 * The latencies of one run: every single one is kept until its end, so percentiles are exact. What is kept for good is
 * a histogram of their first two digits, as text: `value×count` with values in microseconds.
 */

export class Latencies {
  readonly #micros: Float64Array;
  #count = 0;

  /** `max`: how many fit; a run is bounded. */
  constructor(max: number) {
    this.#micros = new Float64Array(max);
  }

  add(ms: number): void {
    this.#micros[this.#count] = ms * 1_000;
    this.#count += 1;
  }

  summary(): LatencySummary {
    const sorted = this.#micros.subarray(0, this.#count).sort();
    return {
      p50Micros: percentile(sorted, 0.5),
      p90Micros: percentile(sorted, 0.9),
      p99Micros: percentile(sorted, 0.99),
      p999Micros: percentile(sorted, 0.999),
      maxMicros: percentile(sorted, 1),
      histogram: histogramOf(sorted),
    };
  }
}

export interface LatencySummary {
  readonly p50Micros: number;
  readonly p90Micros: number;
  readonly p99Micros: number;
  readonly p999Micros: number;
  readonly maxMicros: number;
  readonly histogram: string;
}

/** The smallest value that at least `part` of the values do not exceed. */
export function percentile(sorted: ArrayLike<number>, part: number): number {
  if (sorted.length === 0) throw new RangeError('A percentile of no values is not defined.');
  const at = Math.max(0, Math.ceil(part * sorted.length) - 1);
  return Math.round((sorted[at] as number) * 10) / 10;
}

/** Values with two digits, each with how many there were. */
export function histogramOf(sorted: ArrayLike<number>): string {
  const classes = new Map<number, number>();
  for (let at = 0; at < sorted.length; at++) {
    const value = Number((sorted[at] as number).toPrecision(2));
    classes.set(value, (classes.get(value) ?? 0) + 1);
  }
  return [...classes].map(([value, count]) => `${value}×${count}`).join(' ');
}
