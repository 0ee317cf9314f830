/** A price feed in memory, behind the port of its endpoints: real margins and real prices, and a log that is a counter. */

import { channelTopicOf } from '../../src/core/channel-id.ts';
import { CHANNELS_MAX, type ChannelVersion } from '../../src/core/channels.ts';
import { formatDecimal } from '../../src/core/decimal.ts';
import { deriveQuote } from '../../src/core/derive.ts';
import { PriceFeedError } from '../../src/core/errors.ts';
import type { Instrument } from '../../src/core/instrument.ts';
import { formatMargins, type Margins, type MarginsText, marginsFor, parseMargins } from '../../src/core/margin.ts';
import type { PriceFeedStats } from '../../src/core/price-feed.ts';
import type { Quote } from '../../src/core/tick.ts';
import type {
  ChannelRange,
  ChannelView,
  FeedFigures,
  PriceFeedPort,
  PricesView,
  PriceView,
} from '../../src/http/price-feed-port.ts';

interface Held {
  readonly version: number;
  readonly createdAt: number;
  readonly changedAt: number;
  readonly margins: Margins;
}

export class MemoryPort implements PriceFeedPort {
  readonly mainTopic = 'prices';
  readonly epoch = 'e1';
  readonly instruments = new Map<string, Instrument>();
  readonly quotes = new Map<string, Quote>();
  /** Why each channel was deleted. */
  readonly closed = new Map<string, string>();
  source: PriceFeedStats | undefined;
  #channels = new Map<string, Held>();
  #seqNo = 0;

  define(instrument: Instrument): void {
    this.#seqNo += 1;
    this.instruments.set(instrument.id, instrument);
  }

  quote(quote: Quote): void {
    this.#seqNo += 1;
    this.quotes.set(quote.instrument, quote);
  }

  async prices(channel?: string): Promise<PricesView> {
    const held = channel === undefined ? undefined : this.#existing(channel);
    const prices = [...this.quotes.values()].map((quote) => this.#priceOf(quote, held?.margins ?? {}));
    const at = { epoch: this.epoch, seqNo: this.#seqNo, prices };
    if (channel === undefined || held === undefined) return { topic: this.mainTopic, ...at };
    return { topic: channelTopicOf(this.mainTopic, channel), version: held.version, ...at };
  }

  async channels({ after = '', limit }: ChannelRange): Promise<readonly ChannelView[]> {
    const ids = [...this.#channels.keys()].toSorted().filter((id) => id > after);
    return ids.slice(0, limit).map((id) => this.#viewOf(id));
  }

  async channel(id: string): Promise<ChannelView | undefined> {
    return this.#channels.has(id) ? this.#viewOf(id) : undefined;
  }

  async create(id: string, margins: unknown): Promise<ChannelView> {
    if (this.#channels.has(id)) throw new PriceFeedError('CONFLICT', `There is a channel ${id} already.`, 'id');
    if (this.#channels.size >= CHANNELS_MAX)
      throw new PriceFeedError('CONFLICT', `The feed has ${CHANNELS_MAX} channels.`);
    return this.#put(id, margins, undefined);
  }

  async change(
    id: string,
    margins: (inForce: MarginsText) => unknown,
    expected: readonly ChannelVersion[] | undefined,
  ): Promise<ChannelView> {
    const held = this.#expected(id, expected);
    return this.#put(id, margins(formatMargins(held.margins, this.instruments)), held.createdAt);
  }

  async close(id: string, why: string, expected: readonly ChannelVersion[] | undefined): Promise<void> {
    this.#expected(id, expected);
    if (why.length === 0 || why.length > 200) throw new PriceFeedError('FIELD', 'why has 1 to 200 characters.', 'why');
    this.#seqNo += 1;
    this.#channels.delete(id);
    this.closed.set(id, why);
  }

  figures(): FeedFigures {
    const counts = { instruments: this.instruments.size, channels: this.#channels.size };
    return this.source === undefined ? counts : { ...counts, source: this.source };
  }

  #put(id: string, text: unknown, createdAt: number | undefined): ChannelView {
    const margins = parseMargins(text, this.instruments);
    this.#seqNo += 1;
    const changedAt = 1_000 * this.#seqNo;
    this.#channels.set(id, { version: this.#seqNo, createdAt: createdAt ?? changedAt, changedAt, margins });
    return this.#viewOf(id);
  }

  #viewOf(id: string): ChannelView {
    const { margins, ...rest } = this.#existing(id);
    const topic = channelTopicOf(this.mainTopic, id);
    return { id, topic, epoch: this.epoch, ...rest, margins: formatMargins(margins, this.instruments) };
  }

  #priceOf(quote: Quote, margins: Margins): PriceView {
    const instrument = this.instruments.get(quote.instrument);
    if (instrument === undefined) throw new Error(`${quote.instrument} was never defined`);
    const { id, decimals } = instrument;
    const { bid, ask, last, sourceTime } = deriveQuote(quote, marginsFor(margins, id), instrument);
    const texts = Object.entries({ bid, ask, last }).flatMap(([side, price]) =>
      price === undefined ? [] : [[side, formatDecimal(price, decimals)]],
    );
    return { instrument: id, decimals, ...Object.fromEntries(texts), sourceTime };
  }

  #expected(id: string, expected: readonly ChannelVersion[] | undefined): Held {
    const held = this.#existing(id);
    if (expected?.some(({ epoch, version }) => epoch === this.epoch && version === held.version) !== false) return held;
    throw new PriceFeedError('CONFLICT', `The channel ${id} has changed meanwhile: it is at version ${held.version}.`);
  }

  #existing(id: string): Held {
    const held = this.#channels.get(id);
    if (held !== undefined) return held;
    throw new PriceFeedError('UNKNOWN', `There is no channel ${id}.`, 'id');
  }
}
