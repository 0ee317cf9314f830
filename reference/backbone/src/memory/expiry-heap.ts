/**
 * What ends at a known moment, the next one first: a binary heap that its members can leave before their time.
 *
 * Adding and leaving cost the logarithm of the size. Each member carries its own place in the heap, so nothing has to be
 * searched, and nothing that has left is kept.
 */

export interface Expiring {
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
  /** Where it stands in the heap; -1 outside. Belongs to the heap. */
  heapPlace: number;
}

export class ExpiryHeap<Item extends Expiring> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** Takes out a member whose moment has come, the earliest first. `now` is in milliseconds since 1970. */
  takeExpired(now: number): Item | undefined {
    const first = this.#items[0];
    if (first === undefined || first.expiresAt > now) return undefined;
    this.remove(first);
    return first;
  }

  add(item: Item): void {
    item.heapPlace = this.#items.length;
    this.#items.push(item);
    this.#rise(item);
  }

  /** Takes a member out; one that is not in the heap is left alone. */
  remove(item: Item): void {
    if (item.heapPlace === -1) return;
    const last = this.#items.pop() as Item;
    if (last !== item) {
      this.#put(last, item.heapPlace);
      this.#rise(last);
      this.#sink(last);
    }
    item.heapPlace = -1;
  }

  #rise(item: Item): void {
    while (item.heapPlace > 0) {
      const parent = this.#items[(item.heapPlace - 1) >> 1] as Item;
      if (parent.expiresAt <= item.expiresAt) return;
      this.#swap(item, parent);
    }
  }

  #sink(item: Item): void {
    for (;;) {
      const child = this.#earlierChild(item.heapPlace);
      if (child === undefined || child.expiresAt >= item.expiresAt) return;
      this.#swap(child, item);
    }
  }

  #earlierChild(place: number): Item | undefined {
    const left = this.#items[place * 2 + 1];
    const right = this.#items[place * 2 + 2];
    if (left === undefined || right === undefined) return left;
    return right.expiresAt < left.expiresAt ? right : left;
  }

  #swap(one: Item, other: Item): void {
    const place = one.heapPlace;
    this.#put(one, other.heapPlace);
    this.#put(other, place);
  }

  #put(item: Item, place: number): void {
    this.#items[place] = item;
    item.heapPlace = place;
  }
}
