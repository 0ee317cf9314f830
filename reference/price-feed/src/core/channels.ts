/**
 * Creates, changes and deletes channels: each of these is one message of the main log.
 *
 * Whoever changes a channel says which version they have seen; if somebody else was quicker, nothing happens (optimistic
 * concurrency). The check and the message are one step of the log, so this holds between gateways, too.
 */

import type { Clock } from '@micro-socket/transport';
import { checkedChannelId } from './channel-id.ts';
import { PriceFeedError } from './errors.ts';
import type { Channel, Ledger } from './ledger.ts';
import { channelKeyOf, type MarginsMessage } from './main-log.ts';
import { contentOf, type MainWriter } from './main-writer.ts';
import { formatMargins, type Margins, type MarginsText, parseMargins } from './margin.ts';
import { type Quote, quoteOf } from './tick.ts';

/** Names one version of a channel: versions of another history of the main log are others. */
export interface ChannelVersion {
  readonly epoch: string;
  readonly version: number;
}

/** How many channels one feed may have: each is a key of the main topic's state. */
export const CHANNELS_MAX = 5_000;

/** For how long the end of a channel stays state where it could not be taken out of it. */
const TOMBSTONE_MS = 86_400_000;

const WHY_MAX = 200;

export interface ChannelsOptions {
  readonly ledger: Ledger;
  readonly writer: MainWriter;
  readonly clock: Clock;
}

export class Channels {
  readonly #options: ChannelsOptions;

  constructor(options: ChannelsOptions) {
    this.#options = options;
  }

  /**
   * Begins a channel. `margins` is as people write it (`MarginsText`). Rejects with `PriceFeedError`: FIELD, or CONFLICT
   * where there is one of this name.
   */
  async create(id: string, margins: unknown): Promise<Channel> {
    const { ledger, writer, clock } = this.#options;
    checkedChannelId(id);
    await writer.change(() => {
      if (ledger.channels.has(id)) throw new PriceFeedError('CONFLICT', `There is a channel ${id} already.`, 'id');
      if (ledger.channels.size >= CHANNELS_MAX) {
        throw new PriceFeedError('CONFLICT', `The feed has ${CHANNELS_MAX} channels; delete one first.`);
      }
      const parsed = parseMargins(margins, ledger.instruments);
      return contentOf({ ...this.#base(id, parsed), createdAt: Math.round(clock.now()) });
    });
    return this.#existing(id);
  }

  /**
   * Gives a channel other margins, for all its instruments at one seqNo. They may be made of those in force; `margins`
   * may be called again, and what it throws ends the attempt. Rejects with `PriceFeedError`: FIELD, UNKNOWN where there is
   * no such channel, or CONFLICT where it is at none of the `expected` versions; absent: any.
   */
  async change(
    id: string,
    margins: (inForce: MarginsText) => unknown,
    expected: readonly ChannelVersion[] | undefined,
  ): Promise<Channel> {
    const { ledger, writer } = this.#options;
    await writer.change(() => {
      const channel = this.#expected(id, expected);
      const parsed = parseMargins(
        margins(formatMargins(channel.current.margins, ledger.instruments)),
        ledger.instruments,
      );
      return contentOf({ ...this.#next(channel), margins: parsed });
    });
    return this.#existing(id);
  }

  /** Ends a channel; its subscribers are told why. Rejects as `change` does. */
  async close(id: string, why: string, expected: readonly ChannelVersion[] | undefined): Promise<void> {
    if (why.length === 0 || why.length > WHY_MAX) {
      throw new PriceFeedError('FIELD', `why has 1 to ${WHY_MAX} characters.`, 'why');
    }
    const { writer } = this.#options;
    await writer.change(() => {
      const end: MarginsMessage = { ...this.#next(this.#expected(id, expected)), quotes: [], closed: why };
      return { ...contentOf(end), ttlMs: TOMBSTONE_MS };
    });
    await this.#forget(id);
  }

  /** Takes an ended channel out of the state: who reads it from now on does not find it. Its end stays in the history. */
  async #forget(id: string): Promise<void> {
    const { writer, ledger } = this.#options;
    const forgotten = writer.change(() => {
      if (ledger.channels.has(id)) throw new PriceFeedError('CONFLICT', `There is a channel ${id} again.`);
      return { key: channelKeyOf(id), payload: null };
    });
    // The channel has ended all the same; what is left of it leaves the state after a day.
    await forgotten.catch(() => {});
  }

  /** The message with which a channel goes on from its newest version. */
  #next({ id, current, createdAt, bornAt }: Channel): MarginsMessage {
    return { ...this.#base(id, current.margins), createdAt, bornAt, previous: current };
  }

  #base(channel: string, margins: Margins): Omit<MarginsMessage, 'createdAt'> {
    return { type: 'margins', channel, margins, quotes: this.#quotes() };
  }

  /** The newest quote of every instrument. */
  #quotes(): Quote[] {
    return [...this.#options.ledger.ticks.values()].map(({ message }) => quoteOf(message));
  }

  #expected(id: string, expected: readonly ChannelVersion[] | undefined): Channel {
    const channel = this.#existing(id);
    const { epoch } = this.#options.ledger.at;
    const { version } = channel.current;
    const isExpected = expected?.some((seen) => seen.epoch === epoch && seen.version === version);
    if (isExpected !== false) return channel;
    throw new PriceFeedError('CONFLICT', `The channel ${id} has changed meanwhile: it is at version ${version}.`);
  }

  #existing(id: string): Channel {
    const channel = this.#options.ledger.channels.get(id);
    if (channel !== undefined) return channel;
    throw new PriceFeedError('UNKNOWN', `There is no channel ${id}.`, 'id');
  }
}
