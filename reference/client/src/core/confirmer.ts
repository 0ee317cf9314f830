/**
 * Tells the gateway how far the program has dealt with the messages of one subscription (§4.5).
 *
 * A confirm is cumulative, so those of one turn are one frame. What the client drops by itself, such as a repeat, the
 * program can never confirm; it counts as dealt with as soon as the program has confirmed all that it was given.
 */

import type { Clock } from '@micro-socket/transport';

export class Confirmer {
  readonly #clock: Clock;
  readonly #send: (seqNo: number) => void;
  #epoch: string | undefined;
  /** The last message that the gateway has sent; it takes no confirm beyond. */
  #received = 0;
  /** The last message that the program was given. */
  #given = 0;
  #confirmed = 0;
  /** What was last sent, or where the gateway began to count. */
  #told = 0;
  #scheduled = false;
  #running = false;

  constructor(clock: Clock, send: (seqNo: number) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** A subscription begins after this position. */
  begin(epoch: string, seqNo: number): void {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#given = seqNo;
      this.#confirmed = seqNo;
    }
    this.#received = seqNo;
    this.#told = seqNo;
    this.#running = true;
  }

  /** Nothing can be sent until `begin`. */
  stop(): void {
    this.#running = false;
  }

  /** A message has come, and was given to the program or not. */
  received(seqNo: number, given: boolean): void {
    this.#received = Math.max(this.#received, seqNo);
    if (given) this.#given = Math.max(this.#given, seqNo);
    else this.#plan();
  }

  /** Whether the program was given a message at this seqNo or beyond. */
  covers(seqNo: number): boolean {
    return seqNo <= this.#given;
  }

  /** The program has dealt with everything up to this message; one of an earlier epoch counts for nothing. */
  confirm(epoch: string, seqNo: number): void {
    if (epoch !== this.#epoch) return;
    this.#confirmed = Math.max(this.#confirmed, seqNo);
    this.#plan();
  }

  #target(): number {
    const dealtWith = this.#confirmed >= this.#given ? this.#received : this.#confirmed;
    return Math.min(dealtWith, this.#received);
  }

  #plan(): void {
    if (this.#scheduled || !this.#running || this.#target() <= this.#told) return;
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#scheduled = false;
      const target = this.#target();
      if (!this.#running || target <= this.#told) return;
      this.#told = target;
      this.#send(target);
    });
  }
}
