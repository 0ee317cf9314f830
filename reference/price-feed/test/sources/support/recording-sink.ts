/** A sink that writes down what a source tells, in the order in which it does. */

import type { Instrument } from '../../../src/core/instrument.ts';
import type { SourceSink } from '../../../src/core/source.ts';
import type { Tick } from '../../../src/core/tick.ts';

export class RecordingSink implements SourceSink {
  readonly instruments: Instrument[] = [];
  readonly ticks: Tick[] = [];
  readonly problems: string[] = [];
  /** `found`, `ended`, and `lost: why`. */
  readonly states: string[] = [];
  /** What `ready` waits for. */
  room: Promise<void> = Promise.resolve();
  readyCalls = 0;
  #whoWaits: (() => void)[] = [];

  instrument(instrument: Instrument): void {
    this.instruments.push(instrument);
    this.#changed();
  }

  tick(tick: Tick): void {
    this.ticks.push(tick);
    this.#changed();
  }

  ready(): Promise<void> {
    this.readyCalls += 1;
    return this.room;
  }

  problem(text: string): void {
    this.problems.push(text);
    this.#changed();
  }

  lost(why: string): void {
    this.states.push(`lost: ${why}`);
    this.#changed();
  }

  found(): void {
    this.states.push('found');
    this.#changed();
  }

  ended(): void {
    this.states.push('ended');
    this.#changed();
  }

  /** Resolves when what was told fulfils a condition. */
  async until(isDone: () => boolean): Promise<void> {
    while (!isDone()) await new Promise<void>((resolve) => this.#whoWaits.push(resolve));
  }

  #changed(): void {
    for (const resolve of this.#whoWaits.splice(0)) resolve();
  }
}
