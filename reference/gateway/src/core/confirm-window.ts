/** How many messages a subscriber may still be sent before it confirms some (§4.5). */

import { ProtocolError } from '@micro-socket/protocol';

export class ConfirmWindow {
  readonly #size: number;
  /** SeqNos that were sent and are not confirmed, rising; never more than the window. */
  readonly #unconfirmed: number[] = [];
  #lastSent: number;

  constructor(size: number, startSeqNo: number) {
    this.#size = size;
    this.#lastSent = startSeqNo;
  }

  get room(): number {
    return this.#size - this.#unconfirmed.length;
  }

  sent(seqNo: number): void {
    this.#unconfirmed.push(seqNo);
    this.#lastSent = seqNo;
  }

  /** Throws `ProtocolError` INVALID_FIELD for a seqNo that was not sent yet. */
  confirm(seqNo: number): void {
    if (seqNo > this.#lastSent) {
      throw new ProtocolError('INVALID_FIELD', `confirm: ${seqNo} was not sent; the last was ${this.#lastSent}.`);
    }
    const open = this.#unconfirmed.findIndex((sent) => sent > seqNo);
    this.#unconfirmed.splice(0, open === -1 ? this.#unconfirmed.length : open);
  }
}
