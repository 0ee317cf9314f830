/** A queue whose ends are cheap, however long it is. */

/** Below this many taken items nothing is gained by moving the rest. */
const COMPACTED_FROM = 1_024;

export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  peek(): Item | undefined {
    return this.#items[this.#first];
  }

  shift(): Item | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#first];
    this.#items[this.#first] = undefined;
    this.#first += 1;
    if (this.#first >= COMPACTED_FROM && this.#first * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  /** Takes out everything. */
  clear(): Item[] {
    const rest = this.#items.slice(this.#first) as Item[];
    this.#items = [];
    this.#first = 0;
    return rest;
  }
}
