/** The two streams: that they exist, are made as they must be, and in which life. */

import { JetStreamApiError, type StreamInfo } from '@nats-io/jetstream';
import { isJetStreamOff, isStreamMissing } from './access.ts';
import { NatsUnsuitableError, StreamMismatchError } from './errors.ts';
import type { Life, LifeRecord } from './life.ts';
import type { NatsLink } from './link.ts';
import { differences, logWish, type StreamOptions, type StreamWish, stateWish } from './stream-config.ts';

export interface StreamsOptions extends StreamOptions {
  readonly link: NatsLink;
  readonly record: LifeRecord;
}

/** A stream of this name was made by someone else in the meantime. */
const NAME_IN_USE = 10058;

export class Streams {
  readonly #options: StreamsOptions;

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  /**
   * Makes what does not exist and reads the life. Throws StreamMismatchError for a stream that is made otherwise, and
   * NatsUnsuitableError where no stream can be made. One attempt.
   */
  async settle(): Promise<Life> {
    try {
      await this.#require(logWish(this.#options));
      const { state } = await this.#require(stateWish(this.#options));
      return await this.#options.record.read(state.messages);
    } catch (error) {
      if (!isJetStreamOff(error)) throw error;
      const { servers } = this.#options.link;
      throw new NatsUnsuitableError(`JetStream is not enabled for this account at ${servers}.`, error);
    }
  }

  /** Ends a life. One attempt. */
  renew(life: Life): Promise<void> {
    return this.#options.record.renew(life);
  }

  async #require(wish: StreamWish): Promise<StreamInfo> {
    const info = await this.#findOrMake(wish);
    const found = differences(wish, info.config);
    if (found.length > 0) throw new StreamMismatchError(wish.name, found);
    return info;
  }

  async #findOrMake(wish: StreamWish): Promise<StreamInfo> {
    const { streams } = this.#options.link.jsm;
    try {
      return await streams.info(wish.name);
    } catch (error) {
      if (!isStreamMissing(error)) throw error;
    }
    try {
      return await streams.add({ ...wish });
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === NAME_IN_USE) return streams.info(wish.name);
      throw error;
    }
  }
}
