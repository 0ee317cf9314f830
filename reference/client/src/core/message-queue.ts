/**
 * Messages on their way to the program: to its callback at once, or into a queue for `for await`.
 *
 * The queue is bounded, and a program that does not keep up loses its subscription with an error, never a message in
 * silence; in the modes `latest` and `volatile`, which promise no more, it loses the oldest message that waits. What a
 * snapshot holds is bounded by the snapshot and not counted here.
 */

import type { Clock } from '@micro-socket/transport';
import { Fifo } from './fifo.ts';
import type { Message } from './message.ts';
import { callProgram } from './program-call.ts';

export interface MessageQueueSettings {
  readonly clock: Clock;
  readonly onMessage: ((message: Message) => void) | undefined;
  readonly messagesMax: number;
  /** Whether the oldest message makes room when the queue is full. */
  readonly dropsOldest: boolean;
  /** The program has dealt with this message, as far as anyone can tell: it asks for the next one. */
  readonly onDealtWith: (message: Message) => void;
}

interface Taker {
  readonly resolve: (result: IteratorResult<Message, undefined>) => void;
  readonly reject: (error: Error) => void;
}

export class MessageQueue {
  readonly #settings: MessageQueueSettings;
  readonly #queue = new Fifo<Message>();
  readonly #takers = new Fifo<Taker>();
  #countedInQueue = 0;
  #lastTaken: Message | undefined;
  #leftOut = false;
  #ended: { error: Error | undefined } | undefined;

  constructor(settings: MessageQueueSettings) {
    this.#settings = settings;
  }

  /** Whether a message that is no part of a snapshot can be given now. */
  hasRoom(): boolean {
    const { onMessage, messagesMax, dropsOldest } = this.#settings;
    return onMessage !== undefined || this.#takers.length > 0 || dropsOldest || this.#countedInQueue < messagesMax;
  }

  give(message: Message): void {
    if (this.#ended !== undefined) return;
    const { clock, onMessage, onDealtWith } = this.#settings;
    if (onMessage !== undefined) {
      callProgram(clock, onMessage, message);
      onDealtWith(message);
      return;
    }
    const taker = this.#takers.shift();
    if (taker === undefined) this.#keep(message);
    else this.#hand(message, taker);
  }

  /** Nothing follows. What waits can still be taken; the error comes after it, once. */
  end(error: Error | undefined): void {
    if (this.#ended !== undefined) return;
    this.#ended = { error };
    for (const taker of this.#takers.clear()) this.#finish(taker);
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    if (this.#lastTaken !== undefined) {
      this.#settings.onDealtWith(this.#lastTaken);
      this.#lastTaken = undefined;
    }
    return new Promise((resolve, reject) => this.#take({ resolve, reject }));
  }

  #keep(message: Message): void {
    if (message.fromSnapshot === undefined) this.#countedInQueue += 1;
    this.#queue.push(message);
    while (this.#countedInQueue > this.#settings.messagesMax) {
      this.#shift();
      this.#leftOut = true;
    }
  }

  #take(taker: Taker): void {
    const message = this.#shift();
    if (message !== undefined) this.#hand(message, taker);
    else if (this.#ended !== undefined) this.#finish(taker);
    else this.#takers.push(taker);
  }

  #shift(): Message | undefined {
    const message = this.#queue.shift();
    if (message !== undefined && message.fromSnapshot === undefined) this.#countedInQueue -= 1;
    return message;
  }

  #hand(message: Message, { resolve }: Taker): void {
    this.#lastTaken = message;
    resolve({ done: false, value: this.#leftOut ? { ...message, conflated: true } : message });
    this.#leftOut = false;
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
