/** A waiting line that anyone in it can leave from any place, in constant time: a doubly linked list. */

/** A place in the line; whoever keeps it can leave. */
export interface Place<Item> {
  readonly item: Item;
  before: Place<Item> | undefined;
  after: Place<Item> | undefined;
}

export class Line<Item> {
  #first: Place<Item> | undefined;
  #last: Place<Item> | undefined;

  /** Who has waited longest. */
  get first(): Item | undefined {
    return this.#first?.item;
  }

  /** Takes the last place. */
  join(item: Item): Place<Item> {
    const place: Place<Item> = { item, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = place;
    else this.#last.after = place;
    this.#last = place;
    return place;
  }

  /** Gives up a place of this line that has not been given up before. */
  leave({ before, after }: Place<Item>): void {
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
  }
}
