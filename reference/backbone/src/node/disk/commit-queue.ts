/** What waits for the next transaction, in the order in which it came, within a bound of its count and one of its size. */

import { Fifo } from '../../parts/fifo.ts';
import { overloaded } from '../../parts/overloaded.ts';

export interface CommitQueueLimits {
  readonly commitQueueMax: number;
  readonly commitQueueBytesMax: number;
}

export interface Waiting {
  readonly sizeBytes: number;
}

export class CommitQueue<Item extends Waiting> {
  readonly #limits: CommitQueueLimits;
  readonly #items = new Fifo<Item>();
  #bytes = 0;

  constructor(limits: CommitQueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#items.length;
  }

  /** Throws OVERLOADED, which names the bound, when there is no place. One item always fits, whatever its size. */
  push(item: Item): void {
    const { commitQueueMax, commitQueueBytesMax } = this.#limits;
    if (this.#items.length >= commitQueueMax) throw overloaded('commitQueueMax');
    const isFull = this.#bytes + item.sizeBytes > commitQueueBytesMax;
    if (isFull && this.#items.length > 0) throw overloaded('commitQueueBytesMax');
    this.#items.push(item);
    this.#bytes += item.sizeBytes;
  }

  shift(): Item | undefined {
    const item = this.#items.shift();
    this.#bytes -= item?.sizeBytes ?? 0;
    return item;
  }
}
