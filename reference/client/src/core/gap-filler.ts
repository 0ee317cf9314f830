/**
 * Fills the holes of one subscription of the mode `stream` (§5.5, §9.6).
 *
 * Theory of operation. A message that does not follow the last one is held, and what is missing before it is asked for
 * with `replay`, one at a time. Whatever then follows the last message is taken, whether the replay or the gateway by
 * itself brought it, and after it what was held. A replay that ends without the hole being closed is asked for again
 * from where it came to, as long as it came further. If it did not, or if it was refused, the messages are lost: the
 * program is told, and what was held is taken. So nothing is ever given out of order, and no hole goes untold.
 *
 * Bounds. At most `holdMax` messages are held; at the bound every hole among them is given up. A replay that brings
 * nothing for `REPLAY_SILENCE_MS` counts as refused.
 */

import type { MessageFrame } from '@micro-socket/protocol';
import type { Clock, Timer } from '@micro-socket/transport';

export interface GapFillerPorts {
  readonly clock: Clock;
  readonly holdMax: number;
  /** The seqNo of the last message that was taken, or after which the chain goes on. */
  readonly lastSeqNo: () => number;
  /** Takes a message that follows the last one. */
  readonly take: (message: MessageFrame) => void;
  /** Messages up to and including `upToSeqNo` are lost; the next one that is taken stands at `beforeSeqNo` or later. */
  readonly lose: (upToSeqNo: number, beforeSeqNo: number) => void;
  /** A message came twice. */
  readonly repeat: (message: MessageFrame) => void;
  /** Asks for the messages between; `onSent` is called when the request goes out, which may be later. */
  readonly replay: (fromSeqNo: number, toSeqNo: number, onSent: () => void) => Promise<void>;
}

interface Fill {
  readonly fromSeqNo: number;
  timer: Timer | undefined;
}

/** A gateway sends what it keeps without pausing, in milliseconds. */
const REPLAY_SILENCE_MS = 10_000;

export class GapFiller {
  readonly #ports: GapFillerPorts;
  /** Rising. */
  #held: MessageFrame[] = [];
  #fill: Fill | undefined;
  /** The topic is known to reach at least to here. */
  #headSeqNo = 0;
  #stopped = false;

  constructor(ports: GapFillerPorts) {
    this.#ports = ports;
  }

  /** Keeps a message that comes after the last one without following it. */
  hold(message: MessageFrame): void {
    const at = this.#held.findLastIndex(({ seqNo }) => seqNo <= message.seqNo);
    if (this.#held[at]?.seqNo === message.seqNo) {
      this.#ports.repeat(message);
      return;
    }
    this.#held.splice(at + 1, 0, message);
    if (this.#held.length > this.#ports.holdMax) this.#giveUpAll();
    this.#ask();
  }

  /** Takes what was held and follows now. To be called after each message that was taken. */
  drain(): void {
    for (let first = this.#held[0]; first !== undefined; first = this.#held[0]) {
      const last = this.#ports.lastSeqNo();
      if (first.prevSeqNo > last) return;
      this.#held.shift();
      if (first.seqNo <= last) {
        this.#ports.repeat(first);
        continue;
      }
      // The chain contradicts what was taken: something else once stood between.
      if (first.prevSeqNo < last) this.#ports.lose(last, first.seqNo);
      this.#ports.take(first);
    }
  }

  /** The topic reaches to `seqNo`; if the last message stands before it, the end of the topic is missing. */
  atHead(seqNo: number): void {
    this.#headSeqNo = Math.max(this.#headSeqNo, seqNo);
    this.#ask();
  }

  /** Nothing more will come, and the topic reached to `headSeqNo`: what was held is taken, and every hole is told. */
  conclude(headSeqNo: number): void {
    this.#headSeqNo = Math.max(this.#headSeqNo, headSeqNo);
    this.#giveUpAll();
    if (this.#missingUpTo() > this.#ports.lastSeqNo()) this.#giveUpFirst();
  }

  /** Gives up what was held, without a word: the subscription begins anew from the last message that was taken. */
  stop(): void {
    this.#stopped = true;
    this.#held = [];
    this.#fill?.timer?.cancel();
    this.#fill = undefined;
  }

  /** Up to where messages are known to be missing after the last one; not beyond it when none are. */
  #missingUpTo(): number {
    return this.#held[0]?.prevSeqNo ?? this.#headSeqNo;
  }

  #ask(): void {
    const fromSeqNo = this.#ports.lastSeqNo();
    const toSeqNo = this.#missingUpTo();
    if (this.#fill !== undefined || this.#stopped || toSeqNo <= fromSeqNo) return;
    const fill: Fill = { fromSeqNo, timer: undefined };
    this.#fill = fill;
    const onSent = () => {
      if (this.#fill === fill) this.#watch(fill, fromSeqNo, this.#held.length);
    };
    this.#ports.replay(fromSeqNo, toSeqNo, onSent).then(
      () => this.#ended(fill, true),
      () => this.#ended(fill, false),
    );
  }

  #watch(fill: Fill, lastSeqNo: number, heldCount: number): void {
    fill.timer?.cancel();
    fill.timer = this.#ports.clock.after(REPLAY_SILENCE_MS, () => {
      const moved = this.#ports.lastSeqNo() !== lastSeqNo || this.#held.length !== heldCount;
      if (moved) this.#watch(fill, this.#ports.lastSeqNo(), this.#held.length);
      else this.#ended(fill, false);
    });
  }

  #ended(fill: Fill, served: boolean): void {
    if (this.#fill !== fill) return;
    this.#fill = undefined;
    fill.timer?.cancel();
    this.drain();
    const last = this.#ports.lastSeqNo();
    const cameFurther = last > fill.fromSeqNo;
    if (this.#missingUpTo() > last && !(served && cameFurther)) this.#giveUpFirst();
    this.#ask();
  }

  #giveUpFirst(): void {
    const first = this.#held[0];
    if (first === undefined) this.#ports.lose(this.#headSeqNo, this.#headSeqNo + 1);
    else this.#ports.lose(first.prevSeqNo, first.seqNo);
    this.drain();
  }

  #giveUpAll(): void {
    while (this.#held.length > 0) this.#giveUpFirst();
  }
}
