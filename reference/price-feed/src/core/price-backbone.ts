/**
 * A backbone with a price feed in it: the channels of a main topic are topics of their own, derived and never stored.
 *
 * Theory of operation. It wraps any other backbone and changes nothing but the topics of the feed. The topic of a channel
 * is the main topic seen through the channel's margins: each question about it is asked of the main topic, and what comes
 * back is derived, message by message. So a channel has the positions, the order, the retention and the durability of the
 * main topic; a gateway serves it like any topic, with one sub-socket, whose frames are made once for all subscribers;
 * what is replayed is derived again, and equals what was sent; and a channel without subscribers has no listener and
 * costs nothing.
 *
 * The state of a channel (`snapshot`) is what its subscribers would show: the instruments, the margins message that
 * quoted everything anew, and the ticks since. Ticks from before that message are in it already, under other margins, so
 * they are left out.
 *
 * What this is not: it owns no source, and it does not say who may read or write. Publishing to the main topic is judged
 * by the gate; margins are changed with `Channels` only.
 */

import type {
  Backbone,
  Durability,
  Entry,
  EntryListener,
  FeedEvents,
  PublishRequest,
  PublishResult,
  ReadRange,
  TopicSnapshot,
  TopicSubscription,
  TopicTail,
} from '@micro-socket/backbone';
import { type Position, ProtocolError } from '@micro-socket/protocol';
import type { Clock, Random } from '@micro-socket/transport';
import { ChannelFeed } from './channel-feed.ts';
import { ChannelHistory } from './channel-history.ts';
import { channelIn, checkedMainTopic, sourceTopicOf } from './channel-id.ts';
import { deriveEntry } from './derived-entry.ts';
import { Gate, type GateOptions } from './gate.ts';
import { type Channel, Ledger } from './ledger.ts';
import { readMessage } from './main-log.ts';
import { MainWriter } from './main-writer.ts';
import { RecentIds } from './recent-ids.ts';
import type { SourceStatus } from './source-status.ts';
import { SourceWatch } from './source-watch.ts';

export interface PriceBackboneOptions {
  /** What stores the main topic, and everything else. It is closed with this one. */
  readonly backbone: Backbone;
  readonly clock: Clock;
  readonly random: Random;
  /** Default `prices`. */
  readonly mainTopic?: string | undefined;
  readonly gate?: GateOptions | undefined;
}

export const DEFAULT_MAIN_TOPIC = 'prices';

/** What the work of a price backbone comes to; for statistics and for benchmarks. */
export interface DerivationCounts {
  /** Messages that were derived for live feeds. */
  readonly derivedLive: number;
  /** Messages that were derived for replays, tails and snapshots. */
  readonly derivedAgain: number;
  /** Live feeds of channels. */
  readonly feeds: number;
}

export class PriceBackbone implements Backbone {
  readonly mainTopic: string;
  readonly ledger: Ledger;
  readonly gate: Gate;
  readonly writer: MainWriter;
  readonly #inner: Backbone;
  readonly #sourceWatch: SourceWatch;
  readonly #accepted = new RecentIds();
  #derivedLive = 0;
  #derivedAgain = 0;
  #feeds = 0;

  /** Throws `PriceFeedError` FIELD for a main topic that cannot be one. */
  constructor({ backbone, clock, random, mainTopic = DEFAULT_MAIN_TOPIC, gate }: PriceBackboneOptions) {
    this.#inner = backbone;
    this.mainTopic = checkedMainTopic(mainTopic);
    this.ledger = new Ledger({ backbone, clock, mainTopic });
    this.gate = new Gate(gate);
    this.writer = new MainWriter({ backbone, clock, random, mainTopic, ledger: this.ledger });
    this.#sourceWatch = new SourceWatch({ backbone, clock, topic: sourceTopicOf(mainTopic) });
  }

  get durability(): Durability {
    return this.#inner.durability;
  }

  get retentionMessagesMax(): number {
    return this.#inner.retentionMessagesMax;
  }

  get dedupWindowMs(): number {
    return this.#inner.dedupWindowMs;
  }

  get problem(): string | undefined {
    return this.#inner.problem;
  }

  /** What this one stores in, for the feed itself. */
  get inner(): Backbone {
    return this.#inner;
  }

  /** What the feed said last of its source, wherever it runs; known while somebody subscribes to prices. */
  get sourceStatus(): SourceStatus | undefined {
    return this.#sourceWatch.status;
  }

  get counts(): DerivationCounts {
    return { derivedLive: this.#derivedLive, derivedAgain: this.#derivedAgain, feeds: this.#feeds };
  }

  async publish(request: PublishRequest): Promise<PublishResult> {
    const { topic } = request;
    if (topic === this.mainTopic) return this.#publishTick(request);
    if (topic === sourceTopicOf(this.mainTopic) || this.#channelIn(topic) !== undefined) {
      throw new ProtocolError('INVALID_FIELD', `${topic} is made by the price feed; publish to ${this.mainTopic}.`, {
        topic,
      });
    }
    return this.#inner.publish(request);
  }

  async subscribe(topic: string, listener: EntryListener, events: FeedEvents = {}): Promise<TopicSubscription> {
    const channel = this.#channelIn(topic);
    if (channel === undefined && topic !== this.mainTopic) return this.#inner.subscribe(topic, listener, events);
    const { onHealth, onLost, onClosed } = events;
    const unwatch = onHealth === undefined ? () => {} : this.#sourceWatch.listen(onHealth);
    const ends: FeedEvents = {
      onLost: () => {
        unwatch();
        onLost?.();
      },
      onClosed: (why) => {
        unwatch();
        onClosed?.(why);
      },
    };
    try {
      const subscription =
        channel === undefined
          ? await this.#inner.subscribe(topic, listener, ends)
          : await this.#subscribeToChannel(channel, listener, ends);
      return {
        head: subscription.head,
        close: () => {
          unwatch();
          subscription.close();
        },
      };
    } catch (error) {
      unwatch();
      throw error;
    }
  }

  async read(topic: string, range: ReadRange): Promise<readonly Entry[]> {
    const channel = await this.#channelOf(topic);
    if (channel === undefined) return this.#inner.read(topic, range);
    const afterSeqNo = Math.max(range.afterSeqNo, channel.bornAt - 1);
    return this.#derive(channel, await this.#inner.read(this.mainTopic, { ...range, afterSeqNo }));
  }

  async snapshot(topic: string): Promise<TopicSnapshot> {
    const channel = await this.#channelOf(topic);
    if (channel === undefined) return this.#inner.snapshot(topic);
    const { at: head, instruments, instrumentEntries, ticks } = this.ledger;
    const { id, current, entry: switched, message } = channel;
    const newer = [...ticks.values()].filter(({ entry }) => entry.seqNo > switched.seqNo);
    const main = [
      ...[...instrumentEntries.values()].map((entry) => ({ entry, message: readMessage(entry.payload) })),
      { entry: switched, message },
      ...newer,
    ].toSorted((one, other) => one.entry.seqNo - other.entry.seqNo);
    this.#derivedAgain += main.length;
    return { head, entries: main.map((each) => deriveEntry(each, current, { channel: id, instruments })) };
  }

  async tail(topic: string, count: number): Promise<TopicTail> {
    const channel = await this.#channelOf(topic);
    if (channel === undefined) return this.#inner.tail(topic, count);
    const { before, entries, head } = await this.#inner.tail(this.mainTopic, count);
    const known = entries.findIndex(({ seqNo }) => seqNo >= channel.bornAt);
    const [first] = known <= 0 ? [] : entries.slice(known - 1);
    const start = first === undefined ? before : { epoch: first.epoch, seqNo: first.seqNo, messageId: first.messageId };
    return { before: start, entries: await this.#derive(channel, entries.slice(Math.max(known, 0))), head };
  }

  async head(topic: string): Promise<Position> {
    const channel = await this.#channelOf(topic);
    return this.#inner.head(channel === undefined ? topic : this.mainTopic);
  }

  async anchor(topic: string, position: Position): Promise<boolean> {
    const channel = await this.#channelOf(topic);
    if (channel === undefined) return this.#inner.anchor(topic, position);
    return position.seqNo >= channel.bornAt && this.#inner.anchor(this.mainTopic, position);
  }

  async close(): Promise<void> {
    this.#sourceWatch.close();
    this.ledger.close();
    await this.#inner.close();
  }

  #channelIn(topic: string): string | undefined {
    return channelIn(this.mainTopic, topic);
  }

  /** The channel of a topic; `undefined` for a topic that is none. Rejects with NO_SUCH_TOPIC. */
  async #channelOf(topic: string): Promise<Channel | undefined> {
    const id = this.#channelIn(topic);
    if (id === undefined) return undefined;
    await this.ledger.catchUp();
    return this.#existing(id, topic);
  }

  #existing(id: string, topic: string): Channel {
    const channel = this.ledger.channels.get(id);
    if (channel !== undefined) return channel;
    throw new ProtocolError('NO_SUCH_TOPIC', `The price feed ${this.mainTopic} has no channel ${id}.`, { topic });
  }

  async #subscribeToChannel(id: string, listener: EntryListener, events: FeedEvents): Promise<TopicSubscription> {
    const { ledger } = this;
    await ledger.catchUp();
    this.#existing(id, `${this.mainTopic}.${id}`);
    const feed = new ChannelFeed({
      ledger,
      channel: id,
      listener,
      events,
      onDerived: () => {
        this.#derivedLive += 1;
      },
      onOver: () => close(),
    });
    const stop = ledger.listen(feed);
    this.#feeds += 1;
    let isOpen = true;
    const close = () => {
      if (isOpen) this.#feeds -= 1;
      isOpen = false;
      stop();
    };
    return { head: ledger.at, close };
  }

  async #derive(channel: Channel, entries: readonly Entry[]): Promise<Entry[]> {
    const history = new ChannelHistory(this.#inner, this.mainTopic, channel);
    const derived: Entry[] = [];
    for (const entry of entries) {
      const inForce = await history.at(entry.seqNo);
      // Given up meanwhile, with all that is older.
      if (inForce === undefined) derived.length = 0;
      else derived.push(this.#deriveAgain(entry, inForce, channel.id));
    }
    return derived;
  }

  #deriveAgain(entry: Entry, inForce: Channel['current'], channel: string): Entry {
    this.#derivedAgain += 1;
    const main = { entry, message: readMessage(entry.payload) };
    return deriveEntry(main, inForce, { channel, instruments: this.ledger.instruments });
  }

  /** What clients publish to the main topic: ticks, under the key of their instrument. */
  async #publishTick(request: PublishRequest): Promise<PublishResult> {
    const { topic, publisher, messageId, payload, key, ttlMs } = request;
    await this.ledger.open();
    const message = readMessage(payload);
    if (message?.type !== 'tick') {
      const what =
        'A tick is { "type": "tick", "instrument", "bid", "ask", "last", "sourceTime" }, prices in whole numbers';
      throw new ProtocolError('INVALID_FIELD', `payload: ${what}.`, { topic });
    }
    if (key !== message.instrument || ttlMs !== undefined) {
      throw new ProtocolError('INVALID_FIELD', `A tick has the key ${message.instrument} and no ttlMs.`, { topic });
    }
    // Whoever sends the same publish again must be told where it stands, and not that it is old by now.
    if (!this.#accepted.has(publisher, messageId)) {
      const refused = this.gate.judge(message, this.ledger.instruments.get(message.instrument));
      if (refused !== undefined) throw new ProtocolError('INVALID_FIELD', `payload: ${refused.why}`, { topic });
      this.#accepted.add(publisher, messageId);
    }
    return this.writer.publish(request);
  }
}
