/**
 * First in, first out, and any item by its place: all in constant time.
 *
 * It is an array whose front is left empty for a while. `Array.shift` would move every other item once there are some
 * thousands of them.
 */

/** Below this many empty places, moving the items is not worth it. */
const GAP_MIN = 32;

export class Fifo<Item> {
  readonly #items: (Item | undefined)[] = [];
  #start = 0;

  get length(): number {
    return this.#items.length - this.#start;
  }

  get oldest(): Item | undefined {
    return this.#items[this.#start];
  }

  /** The item at a place counted from the oldest, which has 0; undefined outside. */
  at(place: number): Item | undefined {
    return place < 0 ? undefined : this.#items[this.#start + place];
  }

  /** A copy of the items from one place up to, but without, another. */
  slice(from: number, to: number): Item[] {
    return this.#items.slice(this.#start + from, this.#start + to) as Item[];
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** Takes the newest item out. */
  pop(): Item | undefined {
    return this.length === 0 ? undefined : this.#items.pop();
  }

  /** Takes the oldest item out. */
  shift(): Item | undefined {
    if (this.length === 0) return undefined;
    const oldest = this.#items[this.#start];
    this.#items[this.#start] = undefined;
    this.#start += 1;
    // As many items are moved as were taken out since the last time, at most: so each is moved about once.
    if (this.#start >= GAP_MIN && this.#start * 2 >= this.#items.length) {
      this.#items.splice(0, this.#start);
      this.#start = 0;
    }
    return oldest;
  }
}
