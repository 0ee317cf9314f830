/** A source of which only each n-th tick of an instrument is told, so that the pace of a market can be changed. */

import type { PriceSource, SourceSink, Tick } from '@micro-socket/price-feed';

export class ThinnedSource implements PriceSource {
  readonly #source: PriceSource;
  readonly #left = new Map<string, number>();
  #every: number;

  constructor(source: PriceSource, every: number) {
    this.#source = source;
    this.#every = every;
  }

  get name(): string {
    return this.#source.name;
  }

  /** From the next tick on each `every`-th is told; 1 for all of them. */
  change(every: number): void {
    this.#every = every;
    this.#left.clear();
  }

  start(sink: SourceSink): Promise<void> {
    return this.#source.start({
      instrument: (instrument) => sink.instrument(instrument),
      tick: (tick) => {
        if (this.#isTold(tick)) sink.tick(tick);
      },
      ready: () => sink.ready(),
      problem: (text) => sink.problem(text),
      lost: (why) => sink.lost(why),
      found: () => sink.found(),
      ended: () => sink.ended(),
    });
  }

  stop(): Promise<void> {
    return this.#source.stop();
  }

  /** The first tick of an instrument is told, so that it has a price at once. */
  #isTold({ instrument }: Tick): boolean {
    const left = this.#left.get(instrument) ?? 0;
    this.#left.set(instrument, left === 0 ? this.#every - 1 : left - 1);
    return left === 0;
  }
}
