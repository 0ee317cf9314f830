/** One subscription as the program sees it: messages in order, each at most once, and every loss told. */

import type { Position, SubscribedFrame } from '@micro-socket/protocol';
import type { Message } from './message.ts';
import type { MessageQueue } from './message-queue.ts';
import type { Health } from './subscription-options.ts';

/** What stands behind a subscription. */
export interface SubscriptionSource {
  readonly topic: string;
  readonly position: Position;
  readonly recovered: SubscribedFrame['recovered'];
  readonly maxRateHz: number | undefined;
  readonly health: Health | undefined;
  readonly duplicates: number;
  confirm(epoch: string | undefined, seqNo: number): void;
  modify(maxRateHz: number | undefined): Promise<number | undefined>;
  close(): Promise<void>;
}

export class Subscription implements AsyncIterable<Message> {
  readonly #source: SubscriptionSource;
  readonly #queue: MessageQueue;

  /** Made by `client.subscribe`. */
  constructor(source: SubscriptionSource, queue: MessageQueue) {
    this.#source = source;
    this.#queue = queue;
  }

  get topic(): string {
    return this.#source.topic;
  }

  /** The last message that was delivered, or where the subscription began. */
  get position(): Position {
    return this.#source.position;
  }

  /** What became of the position that the subscription last went on from (§5.2). */
  get recovered(): SubscribedFrame['recovered'] {
    return this.#source.recovered;
  }

  /** The rate that the gateway chose, where one was asked for, in hertz. */
  get maxRateHz(): number | undefined {
    return this.#source.maxRateHz;
  }

  /** What the gateway last said of the topic's latency and source; `undefined` until it says something. */
  get health(): Health | undefined {
    return this.#source.health;
  }

  /** Messages that came twice and were dropped. */
  get duplicates(): number {
    return this.#source.duplicates;
  }

  /**
   * The program has dealt with every message up to and including this one, given by itself or by its seqNo. Throws
   * `ProtocolError` INVALID_FIELD for one that was not delivered yet. A message of an earlier epoch is ignored.
   */
  confirm(upTo: number | Pick<Message, 'epoch' | 'seqNo'>): void {
    if (typeof upTo === 'number') this.#source.confirm(undefined, upTo);
    else this.#source.confirm(upTo.epoch, upTo.seqNo);
  }

  /** Changes the rate of a `latest` or `keyed` subscription; resolves with the one that the gateway chose (§4.10). */
  modify(maxRateHz?: number): Promise<number | undefined> {
    return this.#source.modify(maxRateHz);
  }

  /** Ends the subscription; messages that wait can still be taken. */
  close(): Promise<void> {
    return this.#source.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return {
      next: () => this.#queue.next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }
}
