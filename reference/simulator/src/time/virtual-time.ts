/**
 * Virtual time: everything that will happen, in the order of its moment, and of its planning where moments are equal.
 *
 * An action is run alone, and what it leaves to promises has run before the next one (see `Simulation.step`). So there
 * is one order of everything, and it depends on nothing but the seed.
 */

export interface Planned {
  readonly at: number;
  readonly order: number;
  /** Empty once it was cancelled or run. */
  action: (() => void) | undefined;
}

/** More than all actions of a run. */
const LAST = 2 ** 40;

export class VirtualTime {
  readonly #heap: Planned[] = [];
  #now = 0;
  #order = 0;

  /** Milliseconds since the beginning of the run. */
  get now(): number {
    return this.#now;
  }

  /** When something happens next; undefined when nothing will. */
  get nextAt(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.at;
  }

  /** Runs `action` in `ms` milliseconds; with `isLast` after everything else of that moment, as if it were done by hand. */
  after(ms: number, action: () => void, isLast = false): Planned {
    const order = this.#order++ + (isLast ? LAST : 0);
    const planned = { at: this.#now + Math.max(0, ms), order, action };
    this.#heap.push(planned);
    this.#rise(this.#heap.length - 1);
    return planned;
  }

  /** Runs the one action that is next. Returns false when there is none. */
  runNext(): boolean {
    this.#dropCancelled();
    const next = this.#takeFirst();
    if (next === undefined) return false;
    this.#now = next.at;
    const { action } = next;
    next.action = undefined;
    action?.();
    return true;
  }

  /** Lets time pass in which nothing happens. */
  passTo(at: number): void {
    if (at > this.#now) this.#now = at;
  }

  #dropCancelled(): void {
    while (this.#heap[0] !== undefined && this.#heap[0].action === undefined) this.#takeFirst();
  }

  #takeFirst(): Planned | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    heap[0] = last;
    this.#sink(0);
    return first;
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let place = from; place > 0; ) {
      const parent = (place - 1) >> 1;
      if (!isBefore(heap[place] as Planned, heap[parent] as Planned)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #sink(from: number): void {
    const heap = this.#heap;
    for (let place = from; ; ) {
      const left = place * 2 + 1;
      const right = left + 1;
      let least = place;
      if (left < heap.length && isBefore(heap[left] as Planned, heap[least] as Planned)) least = left;
      if (right < heap.length && isBefore(heap[right] as Planned, heap[least] as Planned)) least = right;
      if (least === place) return;
      this.#swap(place, least);
      place = least;
    }
  }

  #swap(one: number, other: number): void {
    const kept = this.#heap[one] as Planned;
    this.#heap[one] = this.#heap[other] as Planned;
    this.#heap[other] = kept;
  }
}

function isBefore(one: Planned, other: Planned): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
