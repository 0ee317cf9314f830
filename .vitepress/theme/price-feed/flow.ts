/**
 * How much of a feed has arrived since the reader chose how to get it.
 *
 * SeqNos of the main log rise by one with each message, and a channel has the same. So what lies between the position at
 * the beginning and the newest message is what was published, and what of it did not arrive was left out.
 */

export interface FlowView {
  readonly published: number;
  readonly arrived: number;
  readonly leftOut: number;
}

export class Flow {
  #epoch: string | undefined;
  #from = 0;
  #to = 0;
  #arrived = 0;

  get seqNo(): number {
    return this.#to;
  }

  get view(): FlowView {
    const published = this.#to - this.#from;
    return { published, arrived: this.#arrived, leftOut: published - this.#arrived };
  }

  /** Counting begins again behind what is known. */
  reset(): void {
    this.#from = this.#to;
    this.#arrived = 0;
  }

  message(epoch: string, seqNo: number): void {
    if (this.#epoch !== epoch) this.stateAt({ epoch, seqNo: seqNo - 1 });
    this.#to = seqNo;
    this.#arrived += 1;
  }

  /** The state of the feed at a position has taken the place of what was before; in another epoch all begins anew. */
  stateAt({ epoch, seqNo }: { readonly epoch: string; readonly seqNo: number }): void {
    if (this.#epoch !== epoch) {
      this.#from = seqNo;
      this.#arrived = 0;
    }
    this.#epoch = epoch;
    this.#to = seqNo;
  }
}
