/**
 * The way of this process into the main log.
 *
 * Ticks go as they come, many at a time. A change of margins must know every quote that stands on the log before it,
 * because the channel quotes them all anew in that one message: so it waits until everything that is under way is stored,
 * holds back what comes meanwhile, and is stored only if nobody else has written in between (`expectSeqNo`); otherwise it
 * looks again and tries anew.
 *
 * What is held back waits in the publish calls themselves, in their order, so nothing here can grow.
 */

import { type Backbone, entrySizeOf, type PublishRequest, type PublishResult } from '@micro-socket/backbone';
import { newMessageId } from '@micro-socket/client';
import { type JsonValue, ProtocolError } from '@micro-socket/protocol';
import type { Clock, Random } from '@micro-socket/transport';
import type { Ledger } from './ledger.ts';
import { keyOf, type MainMessage } from './main-log.ts';

/** How often a change of margins is tried anew because others have written to the log meanwhile. */
const ATTEMPTS_MAX = 32;

/** What a change carries beside its message. */
type ChangeExtras = Pick<PublishRequest, 'ttlMs'>;

export interface MainWriterOptions {
  readonly backbone: Backbone;
  readonly clock: Clock;
  readonly random: Random;
  readonly mainTopic: string;
  readonly ledger: Ledger;
}

/**
 * How many messages go under one publisher's name. Backbones remember the ids of each publisher for a while, and only so
 * many (`dedupEntriesPerPublisherMax`, §8); a fast feed would reach that, so it takes another name before.
 */
const IDS_PER_NAME = 50_000;

export class MainWriter {
  readonly #options: MainWriterOptions;
  readonly #name: string;
  /** How often another name was taken, and how many ids went under the present one. */
  #nameCount = 0;
  #idCount = 0;
  /** Publishes that are under way. */
  #underWay = 0;
  #onIdle: (() => void) | undefined;
  /** Settles when the change that has the log to itself, and those that wait behind it, are over. */
  #change: Promise<unknown> | undefined;

  constructor(options: MainWriterOptions) {
    this.#options = options;
    // Ids of different processes never meet, whatever their clocks say.
    this.#name = `price-feed-${newMessageId(options.clock, options.random).slice(-8).toLowerCase()}`;
  }

  /** Stores what somebody publishes to the main topic. Rejects with what the backbone says. */
  async publish(request: PublishRequest): Promise<PublishResult> {
    while (this.#change !== undefined) await this.#change;
    return this.#publishNow(request);
  }

  /** Takes another publisher's name for what is made from now on: the ids of this one are too many for the backbone. */
  rename(): void {
    this.#nameCount += 1;
    this.#idCount = 0;
  }

  /** A request for a message of this process. Sent again as it is, it is stored once. */
  requestFor(message: MainMessage): PublishRequest {
    this.#idCount += 1;
    if (this.#idCount > IDS_PER_NAME) this.rename();
    const { mainTopic: topic, clock, random } = this.#options;
    const key = keyOf(message);
    const payload = message as unknown as JsonValue;
    const sizeBytes = entrySizeOf({ payload, key });
    const publisher = `${this.#name}-${this.#nameCount}`;
    return { topic, publisher, messageId: newMessageId(clock, random), key, payload, sizeBytes };
  }

  /**
   * Stores a message that is made of all that stands before it. `make` is called when everything before is known; it may
   * be called again, and what it throws ends the attempt. Rejects with that, with OVERLOADED when others write
   * so much that there is no end, and with what the backbone says.
   */
  change(make: () => MainMessage, extras: ChangeExtras = {}): Promise<PublishResult> {
    const change = (this.#change ?? Promise.resolve()).then(() => this.#changeNow(make, extras));
    const over: Promise<unknown> = change.then(
      () => {},
      () => {},
    );
    this.#change = over.then(() => {
      if (this.#change === mine) this.#change = undefined;
    });
    const mine = this.#change;
    return change;
  }

  async #changeNow(make: () => MainMessage, extras: ChangeExtras): Promise<PublishResult> {
    const { ledger, mainTopic } = this.#options;
    await this.#idle();
    for (let attempt = 1; ; attempt++) {
      await ledger.catchUp();
      const expectSeqNo = ledger.at.seqNo;
      try {
        const result = await this.#publishNow({ ...this.requestFor(make()), ...extras, expectSeqNo });
        await ledger.catchUp();
        return result;
      } catch (error) {
        if (!(error instanceof ProtocolError) || error.code !== 'SEQ_CONFLICT') throw error;
        if (attempt === ATTEMPTS_MAX) throw tooBusy(mainTopic);
      }
    }
  }

  async #publishNow(request: PublishRequest): Promise<PublishResult> {
    this.#underWay += 1;
    try {
      return await this.#options.backbone.publish(request);
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#onIdle?.();
    }
  }

  /** Only one change at a time waits for this. */
  async #idle(): Promise<void> {
    if (this.#underWay === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    this.#onIdle = undefined;
  }
}

function tooBusy(topic: string): ProtocolError {
  return new ProtocolError('OVERLOADED', `${topic} is written to by others without a pause; try again.`, { topic });
}
