/** Lets only so many pieces of work be done at the same time; the others wait in the order in which they came. */

import { Fifo } from '../../parts/fifo.ts';

export class Lanes {
  readonly #max: number;
  readonly #waiting = new Fifo<() => void>();
  #busy = 0;

  constructor(max: number) {
    this.#max = max;
  }

  async through<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#busy >= this.#max) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#busy += 1;
    try {
      return await work();
    } finally {
      // Its lane goes to the next one in the same turn, so that nobody comes in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#busy -= 1;
      else next();
    }
  }
}
