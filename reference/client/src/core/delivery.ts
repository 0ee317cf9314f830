/**
 * What one subscription's program was given, and how it is given more.
 *
 * This outlives connections: it is where the order rule of a whole subscription stands. A message at or before the last
 * one that was given, in the same epoch, is dropped, wherever it comes from (I2, I3); a gap is told at once and marked
 * on the next message (D5).
 */

import type { MessageFrame, Position } from '@micro-socket/protocol';
import type { Clock } from '@micro-socket/transport';
import type { Confirmer } from './confirmer.ts';
import type { Counters } from './counters.ts';
import { QueueFullError, SignatureError } from './errors.ts';
import {
  type CarriedMessage,
  type Gap,
  joinedGaps,
  type Message,
  type MessageDraft,
  messageFrom,
  type SignatureVerdict,
} from './message.ts';
import type { MessageQueue } from './message-queue.ts';
import { callProgram } from './program-call.ts';
import type { SubscriptionSettings } from './subscription-options.ts';

export interface DeliveryPorts {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly queue: MessageQueue;
  readonly confirmer: Confirmer;
  /** The program does not take its messages. Nothing more is to be given. */
  readonly onOverflow: (error: QueueFullError) => void;
  /** An error that the program has no function of its own for. */
  readonly onError: (error: Error) => void;
}

export class Delivery {
  readonly #topic: string;
  readonly #settings: SubscriptionSettings;
  readonly #ports: DeliveryPorts;
  #position: Position | undefined;
  /** Told, and not marked on a message yet. */
  #gap: Gap | undefined;
  #duplicates = 0;

  constructor(topic: string, settings: SubscriptionSettings, ports: DeliveryPorts) {
    this.#topic = topic;
    this.#settings = settings;
    this.#ports = ports;
  }

  /** The last message that was given, or where the subscription began; `undefined` before it did. */
  get position(): Position | undefined {
    return this.#position;
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  /** Everything up to this position is known to the program, as messages, as a snapshot or as a gap. */
  standAt(position: Position): void {
    if (!this.#covers(position.epoch, position.seqNo)) this.#position = position;
  }

  /** Tells that messages are missing before the next one. */
  tell(gap: Gap): void {
    this.#ports.counters.gaps += 1;
    this.#gap = joinedGaps(this.#gap, gap);
    callProgram(this.#ports.clock, this.#settings.onLoss, gap);
  }

  /** A message came that was taken before. */
  repeat(seqNo: number): void {
    this.#duplicates += 1;
    this.#ports.counters.duplicates += 1;
    this.#ports.confirmer.received(seqNo, false);
  }

  give(frame: MessageFrame, epoch: string, conflated: boolean): void {
    const { seqNo, messageId, prevSeqNo } = frame;
    if (this.#covers(epoch, seqNo)) {
      this.repeat(seqNo);
      return;
    }
    if (!this.#ports.queue.hasRoom()) {
      const afterSeqNo = this.#position?.seqNo ?? 0;
      this.#ports.onOverflow(new QueueFullError(this.#topic, this.#settings.queueMessagesMax, afterSeqNo));
      return;
    }
    const message = messageFrom(this.#topic, epoch, frame);
    const accepted = this.#checkSignature(message);
    const before = this.#position;
    this.#position = { epoch, seqNo, messageId };
    this.#ports.confirmer.received(seqNo, accepted);
    if (!accepted) {
      this.#dropped(before?.seqNo ?? prevSeqNo, seqNo);
      return;
    }
    if (conflated) message.conflated = true;
    // What was thought to be lost came after all.
    if (this.#gap?.epochChanged === false && prevSeqNo === this.#gap.afterSeqNo) this.#gap = undefined;
    this.#ports.queue.give(this.#marked(message));
  }

  /** Gives the state of the topic, complete up to a position. */
  giveSnapshot(entries: readonly CarriedMessage[], position: Position): void {
    const { clock, queue } = this.#ports;
    const { onSnapshot } = this.#settings;
    const { epoch } = position;
    const isNews = ({ seqNo }: CarriedMessage) => !this.#covers(epoch, seqNo);
    const wanted = onSnapshot === undefined ? entries.filter(isNews) : [...entries];
    const messages: MessageDraft[] = [];
    for (const entry of wanted.sort((a, b) => a.seqNo - b.seqNo)) {
      const message = messageFrom(this.#topic, epoch, entry);
      message.fromSnapshot = true;
      if (this.#checkSignature(message)) messages.push(message);
    }
    this.standAt(position);
    if (onSnapshot === undefined) {
      for (const message of messages) queue.give(this.#marked(message));
      return;
    }
    const [first] = messages;
    if (first !== undefined) this.#marked(first);
    callProgram<readonly Message[]>(clock, onSnapshot, messages);
  }

  #covers(epoch: string, seqNo: number): boolean {
    return this.#position?.epoch === epoch && seqNo <= this.#position.seqNo;
  }

  #marked(message: MessageDraft): Message {
    if (this.#gap !== undefined) message.gap = this.#gap;
    this.#gap = undefined;
    return message;
  }

  /** Whether the message is to be given. */
  #checkSignature(message: MessageDraft): boolean {
    const { verifier, onUnsigned } = this.#settings;
    if (verifier === undefined) return true;
    const { topic, messageId, data: payload, key, ref, time, signature } = message;
    let verdict: SignatureVerdict;
    try {
      verdict = verifier.verify({ topic, messageId, payload, key, ref, time, signature });
    } catch (error) {
      verdict = { ok: false, code: 'VERIFIER_FAILED', message: `The verifier failed: ${String(error)}` };
    }
    message.verdict = verdict;
    if (verdict.ok) return true;
    this.#ports.counters.signatureFailures += 1;
    if (onUnsigned !== 'drop-and-tell') return true;
    const error = new SignatureError(verdict.code, verdict.message, message);
    callProgram(this.#ports.clock, this.#settings.onSignatureError ?? this.#ports.onError, error);
    return false;
  }

  /** `onSignatureError` has told it; the next message says where. */
  #dropped(afterSeqNo: number, seqNo: number): void {
    this.#gap = joinedGaps(this.#gap, { afterSeqNo, beforeSeqNo: seqNo + 1, epochChanged: false });
  }
}
