/** All chance of a storm, from one seed: sfc32, with a source of its own for each part that draws. */

export class Chance {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  /** Other labels draw other numbers from the same seed. */
  constructor(seed: number, label: string) {
    let hash = 0x811c9dc5 ^ seed;
    for (let at = 0; at < label.length; at++) hash = Math.imul(hash ^ label.charCodeAt(at), 0x01000193);
    this.#a = seed | 0;
    this.#b = hash;
    this.#c = Math.imul(hash, 0x9e3779b1);
    for (let round = 0; round < 12; round++) this.#next();
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    return this.#next() % bound;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True in `percent` of 100 cases. */
  happens(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** One of them; there must be one. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    const left = [...items];
    return items.map(() => left.splice(this.below(left.length), 1)[0] as Item);
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
