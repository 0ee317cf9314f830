/**
 * Lets a file that is played again go on where it ended: each pass is shifted by the length of the first one, and a
 * millisecond, and the source sequence of each instrument likewise.
 */

import type { Tick } from '../tick.ts';

interface Range {
  min: number;
  max: number;
}

export class RepeatShift {
  #pass = 0;
  #times: Range | undefined;
  readonly #seqs = new Map<string, Range>();

  /** Whether the first pass had any tick. */
  get hasTicks(): boolean {
    return this.#times !== undefined;
  }

  /** The tick as it is told in this pass. */
  shifted(tick: Tick): Tick {
    if (this.#pass === 0) {
      this.#note(tick);
      return tick;
    }
    const sourceTime = tick.sourceTime + this.#pass * lengthOf(this.#times);
    const { sourceSeq } = tick;
    if (sourceSeq === undefined) return { ...tick, sourceTime };
    return { ...tick, sourceTime, sourceSeq: sourceSeq + this.#pass * lengthOf(this.#seqs.get(tick.instrument)) };
  }

  nextPass(): void {
    this.#pass += 1;
  }

  #note({ instrument, sourceTime, sourceSeq }: Tick): void {
    this.#times = widened(this.#times, sourceTime);
    if (sourceSeq === undefined) return;
    const known = this.#seqs.get(instrument);
    const seqs = widened(known, sourceSeq);
    if (known === undefined) this.#seqs.set(instrument, seqs);
  }
}

function widened(range: Range | undefined, value: number): Range {
  if (range === undefined) return { min: value, max: value };
  range.min = Math.min(range.min, value);
  range.max = Math.max(range.max, value);
  return range;
}

function lengthOf(range: Range | undefined): number {
  return range === undefined ? 0 : range.max - range.min + 1;
}
