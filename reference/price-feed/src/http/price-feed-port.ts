/** What the HTTP endpoints of the price feed need of it. Prices and margins are decimal text here, as people write them. */

import type { ChannelVersion } from '../core/channels.ts';
import type { MarginsText } from '../core/margin.ts';
import type { PriceFeedStats } from '../core/price-feed.ts';

/** A channel as it is at one version. */
export interface ChannelView extends ChannelVersion {
  readonly id: string;
  /** Where its prices are. */
  readonly topic: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** When the margins came into force, in milliseconds since 1970. */
  readonly changedAt: number;
  readonly margins: MarginsText;
}

/** The newest prices of one instrument. */
export interface PriceView {
  readonly instrument: string;
  readonly decimals: number;
  readonly bid?: string;
  readonly ask?: string;
  readonly last?: string;
  /** When the source says that it was so, in milliseconds since 1970. */
  readonly sourceTime: number;
}

/** The newest prices of all instruments, at one position of a topic. */
export interface PricesView {
  readonly topic: string;
  readonly epoch: string;
  readonly seqNo: number;
  /** The message at that seqNo; absent where the topic has none yet. */
  readonly messageId?: string;
  /** Of a channel: the version of its margins that they are derived by. */
  readonly version?: number;
  readonly prices: readonly PriceView[];
}

/** A part of the channels, in the order of their ids. */
export interface ChannelRange {
  /** The channels behind this id; it need not exist. Absent: from the first. */
  readonly after?: string | undefined;
  /** At most so many. */
  readonly limit: number;
}

/** What the feed has done in this process. */
export interface FeedFigures {
  readonly instruments: number;
  readonly channels: number;
  /** Of the source that runs here; absent where none does. */
  readonly source?: PriceFeedStats;
}

/**
 * All ids that it is given are well-formed. Its promises reject with `PriceFeedError`, with what the backbone refuses
 * (`ProtocolError`), and with `ProtocolError` OVERLOADED when the main log is too busy for a change.
 *
 * Reading sees every change that was acknowledged by this gateway before.
 */
export interface PriceFeedPort {
  readonly mainTopic: string;
  /** The prices of the main feed, or of a channel. Rejects with UNKNOWN where there is no such channel. */
  prices(channel?: string): Promise<PricesView>;
  channels(range: ChannelRange): Promise<readonly ChannelView[]>;
  channel(id: string): Promise<ChannelView | undefined>;
  /** Rejects with FIELD, or CONFLICT where there is one already. `margins` is as it came. */
  create(id: string, margins: unknown): Promise<ChannelView>;
  /**
   * Gives a channel the margins that are made of those in force. `margins` may be called again, and what it throws ends
   * the attempt. Rejects with FIELD, with UNKNOWN where there is no such channel, and with CONFLICT where it is at none of
   * the `expected` versions; absent: any.
   */
  change(
    id: string,
    margins: (inForce: MarginsText) => unknown,
    expected: readonly ChannelVersion[] | undefined,
  ): Promise<ChannelView>;
  /** Ends a channel; its subscribers are told why. Rejects as `change` does. */
  close(id: string, why: string, expected: readonly ChannelVersion[] | undefined): Promise<void>;
  /** Cheap: it is asked for with every `GET /stats` and `GET /metrics`. */
  figures(): FeedFigures;
}
