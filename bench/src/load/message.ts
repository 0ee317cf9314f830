/** The messages that are published: each knows its number, so whoever reads one knows whether it is the right one. */

import { payloadText } from './payload.ts';
import { messageId } from './turn.ts';

export interface MessageOptions {
  readonly payloadBytes: number;
  /** Makes messageIds unique among runs against one server. */
  readonly idPrefix: string;
  /** The messages go to them in turn. */
  readonly topics: readonly string[];
}

export class Messages {
  readonly topics: number;
  readonly #options: MessageOptions;

  constructor(options: MessageOptions) {
    this.#options = options;
    this.topics = options.topics.length;
  }

  topicOf(number: number): string {
    const { topics } = this.#options;
    return topics[number % topics.length] as string;
  }

  idOf(number: number): string {
    return messageId(this.#options.idPrefix, number);
  }

  payloadOf(number: number): string {
    return payloadText(number, this.#options.payloadBytes);
  }

  /** The `publish` frame; its `id` is the number. */
  frameOf(number: number): string {
    const head = `{"type":"publish","id":${number},"topic":"${this.topicOf(number)}","messageId":"${this.idOf(number)}"`;
    return `${head},"payload":${this.payloadOf(number)}}`;
  }
}
