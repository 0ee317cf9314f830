/**
 * The way of this process into the main log.
 *
 * Ticks go as they come, many at a time. A change of margins must know every quote that stands on the log before it,
 * because the channel quotes them all anew in that one message: so it waits until everything that is under way is stored,
 * holds back what comes meanwhile, and is stored only if nobody else has written in between (`expectSeqNo`); otherwise it
 * looks again and tries anew.
 *
 * Everything takes its turn in the order in which it came: behind a change wait the publishes that came after it, and
 * behind those the next change. So ticks go on between changes, however many there are. What waits are the calls
 * themselves, and their callers have bounds.
 */

import { type Backbone, entrySizeOf, type PublishRequest, type PublishResult } from '@micro-socket/backbone';
import { newMessageId } from '@micro-socket/client';
import { type JsonValue, ProtocolError } from '@micro-socket/protocol';
import type { Clock, Random } from '@micro-socket/transport';
import type { Ledger } from './ledger.ts';
import { keyOf, type MainMessage } from './main-log.ts';

/** For how long a change of margins is tried anew because others write to the log all the time. */
const CHANGE_MS_MAX = 10_000;

/**
 * How many messages go under one publisher's name. Backbones remember the ids of each publisher for a while, and only so
 * many (`dedupEntriesPerPublisherMax`, §8); a fast feed would reach that, so it takes another name before.
 */
const IDS_PER_NAME = 50_000;

/** What is stored: a message, or the end of one that is state. */
export type Content = Pick<PublishRequest, 'key' | 'payload' | 'ttlMs'>;

export interface MainWriterOptions {
  readonly backbone: Backbone;
  readonly clock: Clock;
  readonly random: Random;
  readonly mainTopic: string;
  readonly ledger: Ledger;
}

/** Whoever waits for a turn. */
interface Waiting {
  readonly isChange: boolean;
  readonly go: () => void;
}

export class MainWriter {
  readonly #options: MainWriterOptions;
  readonly #name: string;
  readonly #waiting: Waiting[] = [];
  #isChanging = false;
  /** Publishes that are under way. */
  #underWay = 0;
  #onIdle: (() => void) | undefined;
  /** How often another name was taken, and how many ids went under the present one. */
  #nameCount = 0;
  #idCount = 0;

  constructor(options: MainWriterOptions) {
    this.#options = options;
    // Ids of different processes never meet, whatever their clocks say.
    this.#name = `price-feed-${newMessageId(options.clock, options.random).slice(-8).toLowerCase()}`;
  }

  /** Stores what somebody publishes to the main topic. Rejects with what the backbone says. */
  publish(request: PublishRequest): Promise<PublishResult> {
    return this.#inTurn(false, () => this.#publishNow(request));
  }

  /** Takes another publisher's name for what is made from now on: the ids of this one are too many for the backbone. */
  rename(): void {
    this.#nameCount += 1;
    this.#idCount = 0;
  }

  /** A request for a message of this process. Sent again as it is, it is stored once. */
  requestFor(message: MainMessage): PublishRequest {
    return this.#requestOf(contentOf(message));
  }

  /**
   * Stores something that is made of all that stands before it. `make` is called when everything before is known; it may
   * be called again, and what it throws ends the attempt. Rejects with that, with OVERLOADED when others write so much
   * that there is no end, and with what the backbone says.
   */
  change(make: () => Content): Promise<PublishResult> {
    return this.#inTurn(true, () => this.#changeNow(make).finally(() => this.#isOver()));
  }

  #requestOf({ key = '', payload, ttlMs }: Content): PublishRequest {
    this.#idCount += 1;
    if (this.#idCount > IDS_PER_NAME) this.rename();
    const { mainTopic: topic, clock, random } = this.#options;
    const publisher = `${this.#name}-${this.#nameCount}`;
    const sizeBytes = entrySizeOf({ payload, key });
    const extras = ttlMs === undefined ? {} : { ttlMs };
    return { topic, publisher, messageId: newMessageId(clock, random), key, payload, sizeBytes, ...extras };
  }

  /** At once where nobody waits and nothing is changing, and otherwise when all who came before have had their turn. */
  #inTurn<T>(isChange: boolean, work: () => Promise<T>): Promise<T> {
    if (!this.#isChanging && this.#waiting.length === 0) {
      this.#isChanging = isChange;
      return work();
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ isChange, go: () => work().then(resolve, reject) });
    });
  }

  /** A change is over: lets go on who waits, up to the next change. */
  #isOver(): void {
    this.#isChanging = false;
    while (!this.#isChanging) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#isChanging = next.isChange;
      next.go();
    }
  }

  async #changeNow(make: () => Content): Promise<PublishResult> {
    const { ledger, clock, mainTopic } = this.#options;
    await this.#idle();
    await ledger.catchUp();
    const until = clock.now() + CHANGE_MS_MAX;
    for (;;) {
      const { seqNo: expectSeqNo } = ledger.at;
      try {
        const result = await this.#publishNow({ ...this.#requestOf(make()), expectSeqNo });
        await ledger.catchUp();
        return result;
      } catch (error) {
        if (!(error instanceof ProtocolError) || error.code !== 'SEQ_CONFLICT') throw error;
        if (clock.now() >= until) throw tooBusy(mainTopic);
        // What came in between is often heard by now, and then the next try can be made at once.
        if (ledger.at.seqNo === expectSeqNo) await ledger.catchUp();
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

/** A message as it is stored. */
export function contentOf(message: MainMessage): Content & { readonly key: string } {
  return { key: keyOf(message), payload: message as unknown as JsonValue };
}

function tooBusy(topic: string): ProtocolError {
  return new ProtocolError('OVERLOADED', `${topic} is written to by others without a pause; try again.`, { topic });
}
