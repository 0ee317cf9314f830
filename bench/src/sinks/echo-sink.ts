/** A server that sends back what it gets: the way there and back, and nothing else. */

import { BenchError } from '../errors.ts';
import type { Messages } from '../load/message.ts';
import { StreamPeer } from '../load/stream-peer.ts';
import type { Sink, SinkEvents } from './sink.ts';

export interface EchoSinkOptions {
  readonly address: string;
  readonly messages: Messages;
  readonly openMsMax: number;
}

export class EchoSink implements Sink {
  readonly #messages: Messages;
  #peer: StreamPeer | undefined;
  #events: SinkEvents | undefined;
  #next = 0;

  private constructor(messages: Messages) {
    this.#messages = messages;
  }

  static async open({ messages, ...to }: EchoSinkOptions): Promise<EchoSink> {
    const sink = new EchoSink(messages);
    sink.#peer = await StreamPeer.open({
      ...to,
      onFrame: (body) => sink.#onFrame(body),
      onFault: (error) => sink.#events?.onFault(error),
    });
    return sink;
  }

  listen(events: SinkEvents): void {
    this.#events = events;
  }

  put(number: number): void {
    this.#peer?.send(this.#messages.frameOf(number));
  }

  /** Nothing is kept: every byte was compared as it came. */
  async verify(): Promise<void> {}

  async close(): Promise<void> {
    this.#peer?.cut();
  }

  #onFrame(body: Buffer): void {
    const number = this.#next++;
    if (body.toString('utf8') !== this.#messages.frameOf(number)) {
      throw new BenchError('MESSAGE_DAMAGED', `other bytes came back in place of message ${number}`);
    }
    this.#events?.onAcknowledged(number);
  }
}
