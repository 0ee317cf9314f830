/** Chance that falls the same way for the same seed (sfc32): for demonstrations and tests, and for no secret. */

import type { Random } from '@micro-socket/transport';

/** Rounds until every bit of the state depends on every bit of the seed. */
const WARM_UP_ROUNDS = 15;

export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Takes up to three words of 32 bits. */
  constructor(a: number, b = 0x9e3779b9, c = 0x243f6a88) {
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.uint32();
  }

  /** A source of its own for one part, so that what it draws does not depend on what other parts draw. */
  static forkOf(random: Random): SeededRandom {
    return new SeededRandom(random.uint32(), random.uint32(), random.uint32());
  }

  uint32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /** A whole number from 0 to `bound` - 1; 0 for a bound below 1. */
  below(bound: number): number {
    return bound < 1 ? 0 : this.uint32() % bound;
  }
}
