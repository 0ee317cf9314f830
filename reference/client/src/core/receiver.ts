/**
 * What the gateway sends for one subscription, from `subscribed` on until the subscription ends or the link is lost.
 *
 * It keeps the chain of the messages as this link brought them: each follows the one before, by `prevSeqNo`. That chain
 * may begin before what the program was given last, when messages are read again to compare checksums; which of them
 * are given is for `delivery.ts` to say.
 */

import type {
  HeadFrame,
  LiveFrame,
  MessageFrame,
  Position,
  SnapshotFrame,
  SubscribedFrame,
} from '@micro-socket/protocol';
import type { Clock } from '@micro-socket/transport';
import { type ChecksumVerdict, ChecksumWatch } from './checksum-watch.ts';
import type { Delivery } from './delivery.ts';
import { GapFiller } from './gap-filler.ts';
import type { CarriedMessage } from './message.ts';
import type { ReplayRequest } from './replay-desk.ts';
import type { SubscriptionSettings } from './subscription-options.ts';

export interface ReceiverPorts {
  readonly clock: Clock;
  readonly delivery: Delivery;
  readonly replay: (request: ReplayRequest, onSent: () => void) => Promise<LiveFrame>;
  /** Some message after `verified`, up to `toSeqNo`, is not what the gateway holds. */
  readonly onMismatch: (verified: Position, toSeqNo: number) => void;
  /** What came makes no sense; the subscription is to be begun again. */
  readonly onBroken: () => void;
  readonly onSnapshotTooLarge: () => void;
}

export class Receiver {
  readonly #topic: string;
  readonly #epoch: string;
  readonly #settings: SubscriptionSettings;
  readonly #ports: ReceiverPorts;
  readonly #filler: GapFiller;
  readonly #checksums: ChecksumWatch | undefined;
  /** Where the chain stands. The messageId is absent where it is not known. */
  #lastSeqNo: number;
  #lastMessageId: string | undefined;
  /** The last position up to which everything is known to be what the gateway holds. */
  #verified: Position;
  /** The parts of a snapshot that is not complete. */
  #parts: CarriedMessage[] | undefined;
  #stopped = false;

  constructor(subscribed: SubscribedFrame, settings: SubscriptionSettings, ports: ReceiverPorts) {
    const { topic, epoch, seqNo, messageId, recovered, checksum } = subscribed;
    this.#topic = topic;
    this.#epoch = epoch;
    this.#settings = settings;
    this.#ports = ports;
    this.#lastSeqNo = seqNo;
    this.#lastMessageId = messageId;
    this.#verified = { epoch, seqNo, messageId };
    this.#checksums = checksum === undefined ? undefined : new ChecksumWatch(subscribed);
    this.#parts = recovered === 'snapshot' ? [] : undefined;
    this.#filler = new GapFiller({
      clock: ports.clock,
      holdMax: settings.holdMessagesMax,
      lastSeqNo: () => this.#lastSeqNo,
      take: (message) => this.#take(message, false),
      lose: (upTo, before) => this.#lose(upTo, before),
      repeat: ({ seqNo }) => ports.delivery.repeat(seqNo),
      replay: (from, to, onSent) => this.#replay(from, to, onSent),
    });
  }

  // #region order
  /** Takes a message from the wire: `seqNo` tells a repeat, `prevSeqNo` tells a loss (§5.5). */
  message(frame: MessageFrame): void {
    if (this.#stopped) return;
    const { seqNo, prevSeqNo } = frame;
    const last = this.#lastSeqNo;
    if (seqNo <= last) {
      this.#ports.delivery.repeat(seqNo);
    } else if (this.#parts !== undefined) {
      this.#broken(); // the snapshot that should have come before is not complete
    } else if (prevSeqNo === last) {
      this.#take(frame, false);
    } else if (this.#settings.mode !== 'stream') {
      this.#take(frame, true); // messages were left out, as the mode says
    } else if (prevSeqNo > last) {
      this.#filler.hold(frame); // until what is missing has come, or is known to be lost
    } else {
      this.#lose(last, seqNo); // the chain contradicts what was taken
      this.#take(frame, false);
    }
    this.#filler.drain();
  }
  // #endregion order

  /** A part of the state: at the beginning, or later in place of what a slow reader has missed (§4.2). */
  snapshot({ seqNo, entries, last }: SnapshotFrame): void {
    if (this.#stopped || seqNo < this.#lastSeqNo) return;
    this.#parts ??= [];
    const parts = this.#parts;
    if (parts.length + entries.length > this.#settings.snapshotEntriesMax) {
      this.stop();
      this.#ports.onSnapshotTooLarge();
      return;
    }
    for (const entry of entries) parts.push(entry);
    if (!last) return;
    this.#parts = undefined;
    if (seqNo > this.#lastSeqNo) {
      this.#lastSeqNo = seqNo;
      this.#lastMessageId = parts.find((entry) => entry.seqNo === seqNo)?.messageId;
    }
    this.#ports.delivery.giveSnapshot(parts, this.#position());
  }

  head({ epoch, seqNo, checksum }: HeadFrame): void {
    if (this.#stopped || this.#parts !== undefined) return;
    if (epoch !== this.#epoch) {
      this.#broken();
      return;
    }
    if (this.#settings.mode !== 'stream') return;
    if (checksum !== undefined) this.#judge(this.#checksums?.atHead(seqNo, checksum));
    this.#filler.atHead(seqNo);
  }

  /** What was asked for from the past with `subscribe` has been sent. */
  live({ seqNo, checksum }: LiveFrame): void {
    if (this.#stopped || this.#settings.mode !== 'stream') return;
    if (checksum !== undefined) this.#judge(this.#checksums?.atLive(seqNo, checksum));
    this.#filler.atHead(seqNo);
  }

  /** The topic has ended, at `headSeqNo` or later: what was held is taken, and what is missing is told to be lost. */
  conclude(headSeqNo: number): void {
    if (!this.#stopped) this.#filler.conclude(headSeqNo);
  }

  /** Takes nothing any more. What was held is given up; it comes again with the next subscription. */
  stop(): void {
    this.#stopped = true;
    this.#filler.stop();
  }

  #position(): Position {
    return { epoch: this.#epoch, seqNo: this.#lastSeqNo, messageId: this.#lastMessageId };
  }

  #take(frame: MessageFrame, conflated: boolean): void {
    if (this.#stopped) return;
    this.#lastSeqNo = frame.seqNo;
    this.#lastMessageId = frame.messageId;
    const verdict = this.#checksums?.add(frame);
    this.#ports.delivery.give(frame, this.#epoch, conflated);
    this.#judge(verdict);
  }

  #lose(upToSeqNo: number, beforeSeqNo: number): void {
    if (this.#stopped) return;
    this.#checksums?.skip();
    const { delivery } = this.#ports;
    const afterSeqNo = delivery.position?.seqNo ?? this.#lastSeqNo;
    // What is read again may lack messages that the program has.
    if (afterSeqNo < beforeSeqNo - 1) delivery.tell({ afterSeqNo, beforeSeqNo, epochChanged: false });
    this.#lastSeqNo = upToSeqNo;
    this.#lastMessageId = undefined;
  }

  async #replay(fromSeqNo: number, toSeqNo: number, onSent: () => void): Promise<void> {
    this.#checksums?.replayBegins(toSeqNo);
    const { seqNo, checksum } = await this.#ports.replay({ topic: this.#topic, fromSeqNo, toSeqNo }, onSent);
    if (checksum !== undefined) this.#judge(this.#checksums?.replayEnds(seqNo, checksum));
  }

  #judge(verdict: ChecksumVerdict | undefined): void {
    if (verdict === undefined || verdict === 'unknown' || this.#stopped) return;
    if (verdict === 'ok') {
      this.#verified = this.#position();
      return;
    }
    this.stop();
    this.#ports.onMismatch(this.#verified, this.#lastSeqNo);
  }

  #broken(): void {
    this.stop();
    this.#ports.onBroken();
  }
}
