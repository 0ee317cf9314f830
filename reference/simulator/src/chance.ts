/**
 * All chance of a world, from one seed: xoshiro128** with a fork for each part of it.
 *
 * A part that has a source of its own draws the same numbers whatever other parts do. So a world with one fault less
 * is still the same world, and a failing one can be made smaller step by step.
 */

import type { Random } from '@micro-socket/transport';

export class Chance implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number, label = '') {
    let state = mixed(seed, label);
    const next = () => {
      state = (state + 0x9e3779b9) | 0;
      let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
      return (word ^ (word >>> 15)) | 0;
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }

  uint32(): number {
    const result = Math.imul(rotated(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotated(this.#d, 11);
    return result;
  }

  /** A whole number from 0 to `bound` - 1; 0 for a bound below 1. */
  below(bound: number): number {
    return bound < 1 ? 0 : this.uint32() % bound;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True in `perMille` of 1,000 cases. */
  happens(perMille: number): boolean {
    return this.below(1_000) < perMille;
  }

  /** One of them; there must be one. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** A start that differs for each label of one seed. */
function mixed(seed: number, label: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < label.length; index++) hash = Math.imul(hash ^ label.charCodeAt(index), 0x01000193);
  return Math.imul(hash ^ (seed >>> 16), 0x85ebca6b);
}
