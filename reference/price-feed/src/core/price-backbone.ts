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

import {
  type Backbone,
  type Durability,
  type Entry,
  type EntryListener,
  entrySizeOf,
  type FeedEvents,
  type PublishRequest,
  type PublishResult,
  type ReadRange,
  type TopicSnapshot,
  type TopicSubscription,
  type TopicTail,
} from '@micro-socket/backbone';
import { type JsonValue, type Position, ProtocolError } from '@micro-socket/protocol';
import type { Clock, Random } from '@micro-socket/transport';
import { ChannelFeed } from './channel-feed.ts';
import { ChannelHistory } from './channel-history.ts';
import { channelIn, checkedMainTopic, sourceTopicOf } from './channel-id.ts';
import { deriveEntry } from './derived-entry.ts';
import { Gate, type GateOptions } from './gate.ts';
import { type Channel, Ledger } from './ledger.ts';
import { type MarginVersion, messageOf, readMessage, type TickMessage } from './main-log.ts';
import { MainWriter } from './main-writer.ts';
import { RecentPublishes } from './recent-publishes.ts';
import type { SourceStatus } from './source-status.ts';
import { SourceWatch } from './source-watch.ts';
import { quoteOf } from './tick.ts';

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
  readonly #history: ChannelHistory;
  readonly #clock: Clock;
  readonly #accepted = new RecentPublishes();
  #derivedLive = 0;
  #derivedAgain = 0;
  #feeds = 0;

  /** Throws `PriceFeedError` FIELD for a main topic that cannot be one. */
  constructor({ backbone, clock, random, mainTopic = DEFAULT_MAIN_TOPIC, gate }: PriceBackboneOptions) {
    this.#inner = backbone;
    this.mainTopic = checkedMainTopic(mainTopic);
    this.gate = new Gate(gate);
    this.ledger = new Ledger({ backbone, clock, mainTopic, onTick: (tick) => this.gate.learn(tick) });
    this.#history = new ChannelHistory(backbone, mainTopic);
    this.#clock = clock;
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

  /** Whether a topic is one of a channel, be there such a channel or not. */
  isChannel(topic: string): boolean {
    return this.#channelIn(topic) !== undefined;
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
    return this.#derive(topic, await this.#inner.read(this.mainTopic, { ...range, afterSeqNo }));
  }

  async snapshot(topic: string): Promise<TopicSnapshot> {
    const channel = await this.#channelOf(topic);
    if (channel === undefined) return this.#inner.snapshot(topic);
    const { at: head, instruments, instrumentEntries, ticks } = this.ledger;
    const { id, current, entry: switched, message } = channel;
    const newer = [...ticks.values()].filter(({ entry }) => entry.seqNo > switched.seqNo);
    const main = [
      ...[...instrumentEntries.values()].map((entry) => ({ entry, message: messageOf(entry) })),
      { entry: switched, message },
      ...newer,
    ].toSorted((one, other) => one.entry.seqNo - other.entry.seqNo);
    this.#derivedAgain += main.length;
    return { head, entries: main.map((each) => deriveEntry(each, current, { channel: id, instruments })) };
  }

  async tail(topic: string, count: number): Promise<TopicTail> {
    const channel = await this.#channelOf(topic);
    if (channel === undefined) return this.#inner.tail(topic, count);
    const tail = await this.#inner.tail(this.mainTopic, count);
    const entries = await this.#derive(topic, tail.entries);
    if (entries.length === tail.entries.length) return { ...tail, entries };
    // The channel is younger than what is kept, so the tail begins with it.
    const { epoch, prevSeqNo: seqNo } = entries[0] ?? { ...tail.head, prevSeqNo: tail.head.seqNo };
    const before = tail.entries.find((entry) => entry.seqNo === seqNo);
    return { before: before === undefined ? { epoch, seqNo } : positionOf(before), entries, head: tail.head };
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
    if (ledger.isStale) throw unsettled(this.mainTopic);
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

  /**
   * What stands on a channel for messages that were read from the main log, oldest first; nothing from before it began.
   * The channel is looked at after the reading: what it is by then explains everything that was read.
   */
  async #derive(topic: string, entries: readonly Entry[]): Promise<Entry[]> {
    const [first] = entries;
    if (first === undefined) return [];
    await this.#knowAbout(entries.at(-1) as Entry);
    const id = this.#channelIn(topic) as string;
    const channel = this.#existing(id, topic);
    const derived: Entry[] = [];
    let inForce: MarginVersion | undefined;
    for (const entry of entries) {
      if (entry.seqNo < channel.bornAt) continue;
      const message = messageOf(entry);
      const isOwn = message?.type === 'margins' && message.channel === id;
      inForce = isOwn ? { version: entry.seqNo, margins: message.margins } : inForce;
      inForce ??= await this.#history.at(entry.seqNo, channel);
      // Given up meanwhile, with all that is older.
      if (inForce === undefined) continue;
      this.#derivedAgain += 1;
      derived.push(deriveEntry({ entry, message }, inForce, { channel: id, instruments: this.ledger.instruments }));
    }
    return derived;
  }

  /** Sees to it that the ledger has heard everything up to a message. Rejects with UNAVAILABLE where it is of another history. */
  async #knowAbout({ epoch, seqNo }: Entry): Promise<void> {
    const { ledger } = this;
    const knows = () => !ledger.isStale && ledger.at.epoch === epoch && ledger.at.seqNo >= seqNo;
    if (!knows()) await ledger.catchUp();
    if (!knows()) throw unsettled(this.mainTopic);
  }

  /** What clients publish to the main topic: ticks, under the key of their instrument, and nothing else in them. */
  async #publishTick(request: PublishRequest): Promise<PublishResult> {
    const { publisher, messageId } = request;
    await this.ledger.open();
    const tick = tickIn(request, this.#clock.now());
    const payload = tick as unknown as JsonValue;
    const content = JSON.stringify(payload);
    const isRepeat = this.#accepted.has(publisher, messageId, content);
    // Whoever sends the same publish again must be told where it stands, and not that it is old by now.
    if (!isRepeat) this.#judge(tick);
    this.#accepted.add(publisher, messageId, content);
    const { topic, by, signature } = request;
    const key = tick.instrument;
    const sizeBytes = entrySizeOf({ payload, key, signature });
    try {
      return await this.writer.publish({ topic, publisher, messageId, key, payload, sizeBytes, by, signature });
    } catch (error) {
      if (!isRepeat && isRefusal(error)) {
        this.#accepted.remove(publisher, messageId);
        this.gate.withdraw(tick);
      }
      throw error;
    }
  }

  #judge(tick: TickMessage): void {
    const refused = this.gate.judge(tick, this.ledger.instruments.get(tick.instrument));
    if (refused === undefined) return;
    throw new ProtocolError('INVALID_FIELD', `payload: ${refused.why}`, { topic: this.mainTopic });
  }
}

/** How far ahead of this clock a client's own time may be, in milliseconds: beyond it no later tick would follow. */
const AHEAD_MS_MAX = 60_000;

/** The tick that a client publishes. Throws INVALID_FIELD. */
function tickIn({ topic, payload, key, ref, ttlMs, expectSeqNo }: PublishRequest, now: number): TickMessage {
  const refuse = (why: string) => new ProtocolError('INVALID_FIELD', why, { topic });
  const message = readMessage(payload);
  if (message?.type !== 'tick') {
    const form = '{ "type": "tick", "instrument", "bid", "ask", "last", "sourceTime" }';
    throw refuse(`payload: A tick is ${form}, its prices whole numbers from 1 on, bid and ask together.`);
  }
  const { type, instrument, sourceTime, sourceSeq } = message;
  if (key !== instrument) throw refuse(`key: A tick has the key ${instrument}.`);
  const extra = Object.entries({ ref, ttlMs, expectSeqNo }).find(([, value]) => value !== undefined);
  if (extra !== undefined) throw refuse(`${extra[0]}: A tick has none.`);
  if (sourceTime > now + AHEAD_MS_MAX) throw refuse(`payload: sourceTime is more than ${AHEAD_MS_MAX} ms ahead.`);
  return { type, ...quoteOf(message), ...(sourceSeq === undefined ? {} : { sourceSeq }) };
}

/** Whether nothing was stored for certain. */
function isRefusal(error: unknown): boolean {
  return error instanceof ProtocolError && error.code !== 'UNAVAILABLE';
}

function positionOf({ epoch, seqNo, messageId }: Entry): Position {
  return { epoch, seqNo, messageId };
}

function unsettled(topic: string): ProtocolError {
  return new ProtocolError('UNAVAILABLE', `${topic} begins another history; try again.`, { topic });
}
