/** A queue between who gives and who waits. */
export class Inbox<Item> {
  readonly #items: Item[] = [];
  readonly #takers: ((item: Item) => void)[] = [];

  readonly put = (item: Item): void => {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#items.push(item);
    else taker(item);
  };

  /** Resolves with the next item, now or when it comes. */
  readonly next = (): Promise<Item> => {
    return new Promise((resolve) => {
      const item = this.#items.shift();
      if (item === undefined) this.#takers.push(resolve);
      else resolve(item);
    });
  };

  /** Items that nobody took. */
  get length(): number {
    return this.#items.length;
  }
}
