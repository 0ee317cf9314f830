/**
 * One subscription as the program sees it: messages in order, each at most once, and every loss told.
 *
 * Messages are taken by a callback or by `for await`; the queue behind the latter is bounded, and a program that does
 * not keep up loses its subscription with an error, never a message in silence.
 */

import type { JsonValue, MessageFrame, Position } from '@micro-socket/protocol';
import { QueueFullError } from './errors.ts';

/** Messages of this topic that were lost before this one: those after `afterSeqNo` and before `beforeSeqNo`. */
export interface Gap {
  readonly afterSeqNo: number;
  readonly beforeSeqNo: number;
}

/** A delivered message. */
export interface Message {
  readonly topic: string;
  readonly seqNo: number;
  readonly messageId: string;
  /** When the backbone stored it, in milliseconds since 1970. */
  readonly time: number;
  readonly data: JsonValue;
  /** Present when messages are missing between the one before and this one. */
  readonly gap?: Gap;
}

export interface SubscriptionOptions {
  /** Called for each message. Without it, take messages with `for await`. */
  readonly onMessage?: (message: Message) => void;
  /**
   * Called once when the subscription is over: with an error that says what was lost, or without one where it was
   * closed. `for await` hears of it by itself.
   */
  readonly onEnd?: (error: Error | undefined) => void;
  /** How many messages may wait for `for await`. Default 1024. */
  readonly queueMessagesMax?: number;
}

interface Taker {
  readonly resolve: (result: IteratorResult<Message, undefined>) => void;
  readonly reject: (error: Error) => void;
}

export class Subscription implements AsyncIterable<Message> {
  readonly topic: string;
  readonly #leave: () => Promise<void>;
  readonly #onMessage: ((message: Message) => void) | undefined;
  readonly #onEnd: ((error: Error | undefined) => void) | undefined;
  readonly #queueMessagesMax: number;
  readonly #queue: Message[] = [];
  readonly #takers: Taker[] = [];
  #position: Position;
  #duplicates = 0;
  #closing: Promise<void> | undefined;
  #ended: { error: Error | undefined } | undefined;

  constructor(topic: string, position: Position, options: SubscriptionOptions, leave: () => Promise<void>) {
    this.topic = topic;
    this.#position = position;
    this.#onMessage = options.onMessage;
    this.#onEnd = options.onEnd;
    this.#queueMessagesMax = options.queueMessagesMax ?? 1_024;
    this.#leave = leave;
  }

  /** The last message that was received, or the head at which the subscription began. */
  get position(): Position {
    return this.#position;
  }

  /** Messages that came twice and were dropped. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Ends the subscription; messages that wait can still be taken. */
  close(): Promise<void> {
    this.#closing ??= this.#ended === undefined ? this.#leave() : Promise.resolve();
    return this.#closing;
  }

  // #region order
  /** Takes a message from the wire: `seqNo` tells a repeat, `prevSeqNo` tells a loss. */
  receive({ seqNo, prevSeqNo, messageId, time, data }: MessageFrame): void {
    if (this.#ended !== undefined) return;
    const last = this.#position.seqNo;
    if (seqNo <= last) {
      this.#duplicates += 1;
      return;
    }
    if (!this.#hasRoom()) {
      this.#overflow(last);
      return;
    }
    const message = { topic: this.topic, seqNo, messageId, time, data: data as JsonValue };
    this.#position = { epoch: this.#position.epoch, seqNo, messageId };
    if (prevSeqNo === last) this.#deliver(message);
    else this.#deliver({ ...message, gap: { afterSeqNo: last, beforeSeqNo: seqNo } });
  }
  // #endregion order

  /** The subscription is over; with an error where that was nobody's wish. */
  end(error: Error | undefined): void {
    if (this.#ended !== undefined) return;
    this.#ended = { error };
    for (const taker of this.#takers.splice(0)) this.#finish(taker);
    this.#onEnd?.(error);
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return {
      next: () => new Promise((resolve, reject) => this.#take({ resolve, reject })),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  #hasRoom(): boolean {
    return this.#onMessage !== undefined || this.#takers.length > 0 || this.#queue.length < this.#queueMessagesMax;
  }

  #deliver(message: Message): void {
    if (this.#onMessage !== undefined) {
      this.#onMessage(message);
      return;
    }
    const taker = this.#takers.shift();
    if (taker !== undefined) taker.resolve({ done: false, value: message });
    else this.#queue.push(message);
  }

  #overflow(afterSeqNo: number): void {
    this.close().catch(() => {});
    this.end(new QueueFullError(this.topic, this.#queueMessagesMax, afterSeqNo));
  }

  #take(taker: Taker): void {
    const message = this.#queue.shift();
    if (message !== undefined) taker.resolve({ done: false, value: message });
    else if (this.#ended !== undefined) this.#finish(taker);
    else this.#takers.push(taker);
  }

  /** An error is told once; whoever asks again finds the end. */
  #finish({ resolve, reject }: Taker): void {
    const error = this.#ended?.error;
    if (error === undefined) {
      resolve({ done: true, value: undefined });
      return;
    }
    this.#ended = { error: undefined };
    reject(error);
  }
}
