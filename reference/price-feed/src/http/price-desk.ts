/** What HTTP asks of the feed, answered from the ledger: prices in decimals, and channels by name. */

import { channelTopicOf } from '../core/channel-id.ts';
import type { Channels, ChannelVersion } from '../core/channels.ts';
import { formatDecimal } from '../core/decimal.ts';
import { deriveQuote } from '../core/derive.ts';
import { PriceFeedError } from '../core/errors.ts';
import type { Channel, Ledger } from '../core/ledger.ts';
import { formatMargins, type MarginsText, marginsFor } from '../core/margin.ts';
import type { PriceBackbone } from '../core/price-backbone.ts';
import type { PriceFeed } from '../core/price-feed.ts';
import type {
  ChannelRange,
  ChannelView,
  FeedFigures,
  PriceFeedPort,
  PricesView,
  PriceView,
} from './price-feed-port.ts';

export interface PriceDeskOptions {
  readonly backbone: PriceBackbone;
  readonly channels: Channels;
  /** Absent where the source is another process's. */
  readonly feed?: PriceFeed | undefined;
}

export class PriceDesk implements PriceFeedPort {
  readonly #options: PriceDeskOptions;

  constructor(options: PriceDeskOptions) {
    this.#options = options;
  }

  get mainTopic(): string {
    return this.#options.backbone.mainTopic;
  }

  async prices(id?: string): Promise<PricesView> {
    const { mainTopic } = this;
    const ledger = await this.#ledger();
    const { epoch, seqNo, messageId } = ledger.at;
    const at = { epoch, seqNo, ...(messageId === undefined ? {} : { messageId }) };
    if (id === undefined) return { topic: mainTopic, ...at, prices: pricesOf(ledger, undefined) };
    const channel = ledger.channels.get(id);
    if (channel === undefined) throw new PriceFeedError('UNKNOWN', `There is no channel ${id}.`, 'id');
    const { version } = channel.current;
    return { topic: channelTopicOf(mainTopic, id), ...at, version, prices: pricesOf(ledger, channel) };
  }

  async channels({ after = '', limit }: ChannelRange): Promise<readonly ChannelView[]> {
    const { channels } = await this.#ledger();
    const ids = [...channels.keys()].filter((id) => id > after).toSorted();
    return ids.slice(0, limit).map((id) => this.#view(channels.get(id) as Channel));
  }

  async channel(id: string): Promise<ChannelView | undefined> {
    const channel = (await this.#ledger()).channels.get(id);
    return channel === undefined ? undefined : this.#view(channel);
  }

  async create(id: string, margins: unknown): Promise<ChannelView> {
    return this.#view(await this.#options.channels.create(id, margins));
  }

  async change(
    id: string,
    margins: (inForce: MarginsText) => unknown,
    expected: readonly ChannelVersion[] | undefined,
  ): Promise<ChannelView> {
    return this.#view(await this.#options.channels.change(id, margins, expected));
  }

  close(id: string, why: string, expected: readonly ChannelVersion[] | undefined): Promise<void> {
    return this.#options.channels.close(id, why, expected);
  }

  figures(): FeedFigures {
    const { backbone, feed } = this.#options;
    const { instruments, channels } = backbone.ledger;
    const source = feed === undefined ? {} : { source: feed.stats };
    return { instruments: instruments.size, channels: channels.size, ...source };
  }

  /** With everything that was stored before. */
  async #ledger(): Promise<Ledger> {
    const { ledger } = this.#options.backbone;
    await ledger.catchUp();
    return ledger;
  }

  #view({ id, current, createdAt, entry }: Channel): ChannelView {
    const { mainTopic, ledger } = this.#options.backbone;
    const { version, margins } = current;
    const texts = formatMargins(margins, ledger.instruments);
    const { epoch, time: changedAt } = entry;
    return { id, topic: channelTopicOf(mainTopic, id), epoch, version, createdAt, changedAt, margins: texts };
  }
}

function pricesOf({ ticks, instruments }: Ledger, channel: Channel | undefined): PriceView[] {
  return [...ticks.values()].flatMap(({ message }) => {
    const instrument = instruments.get(message.instrument);
    if (instrument === undefined) return [];
    const { id, decimals } = instrument;
    const margins = channel === undefined ? undefined : marginsFor(channel.current.margins, id);
    const { bid, ask, last, sourceTime } = margins === undefined ? message : deriveQuote(message, margins, instrument);
    const text = (price: number | undefined) => (price === undefined ? undefined : formatDecimal(price, decimals));
    const texts = Object.entries({ bid: text(bid), ask: text(ask), last: text(last) });
    const given = Object.fromEntries(texts.filter(([, price]) => price !== undefined));
    return [{ instrument: id, decimals, ...given, sourceTime }];
  });
}
