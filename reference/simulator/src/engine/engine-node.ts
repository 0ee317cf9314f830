/**
 * The engine as a node of its own: a memory backbone, reached by packets, with a journal that survives it.
 *
 * The journal holds every message that was stored, in order. After a restart a new backbone is made and the journal,
 * or what is left of it, is published into it again, with the clock at each message's own time. So what comes back
 * came through the same code as before: the same seqNos, and the same ids in the dedup window.
 *
 * Whether the topics keep their epochs is decided by the chance from which epochs are made, see `Epochs`. An engine that lost a tail without noticing comes back with the old one: then seqNos are used twice, and only an
 * anchor can tell.
 *
 * It is no engine for production: its journal is a list in memory.
 */

import {
  type EntryListener,
  MemoryBackbone,
  type PublishRequest,
  type TopicSubscription,
} from '@micro-socket/backbone';
import type { Limits, Position } from '@micro-socket/protocol';
import type { Clock } from '@micro-socket/transport';
import type { HistoryEvent } from '../history.ts';
import { Epochs } from './epochs.ts';
import { JournalClock } from './journal-clock.ts';
import type { EngineAnswer, EngineEntry, EngineRequest, LinkPort } from './wire.ts';

/** A subscription that its link has not asked for again for this long is closed. */
const LEASE_MS = 3_000;

interface Stored {
  readonly request: PublishRequest;
  readonly time: number;
  readonly epoch: string;
  readonly seqNo: number;
}

interface Feed {
  subscription: TopicSubscription | undefined;
  head: Promise<TopicSubscription>;
  askedAt: number;
}

export interface EngineOptions {
  readonly seed: number;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly record: (event: HistoryEvent) => void;
  /** The moment, by the one clock of the history. */
  readonly at: () => number;
  /** Sends to a link over the network. */
  readonly answer: (link: LinkPort, answer: EngineAnswer) => void;
  readonly entry: (link: LinkPort, entry: EngineEntry) => void;
}

export class EngineNode {
  readonly #options: EngineOptions;
  readonly #clock: JournalClock;
  readonly #feeds = new Map<LinkPort, Map<string, Feed>>();
  readonly #heard = new Set<string>();
  #journal: Stored[] = [];
  #epochs: Epochs;
  #backbone: MemoryBackbone;
  /** Rises with every restart. */
  #life = 1;
  /** Rises with every change of the topics' epochs. */
  #era = 1;
  #up = true;
  /** What is being published at this very moment. */
  #publishing: PublishRequest | undefined;
  #restoring: 'same-epoch' | 'new-epoch' | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#clock = new JournalClock(options.clock);
    this.#epochs = new Epochs(options.seed, this.#era);
    this.#backbone = this.#newBackbone();
  }

  get isUp(): boolean {
    return this.#up;
  }

  /** A request of a link has arrived. */
  take(request: EngineRequest, link: LinkPort): void {
    if (!this.#up) return;
    const life = this.#life;
    const backbone = this.#backbone;
    const answer = (part: Omit<EngineAnswer, 'id' | 'life'>) => {
      // What an earlier life was asked is forgotten with it.
      if (this.#up && this.#backbone === backbone) this.#options.answer(link, { id: request.id, life, ...part });
    };
    this.#do(request, link).then(
      (result) => answer({ result }),
      (error) => answer({ error }),
    );
  }

  /** The process ends. */
  stop(): void {
    this.#up = false;
    this.#forgetFeeds();
  }

  /** It comes back, without the last `lost` messages, or without any of them. */
  start(lost: number | 'all', epochs: 'same' | 'new'): void {
    this.#up = true;
    this.#life += 1;
    const kept = lost === 'all' ? 0 : Math.max(0, this.#journal.length - lost);
    if (kept < this.#journal.length || epochs === 'new') this.#rebuild(kept, epochs === 'new');
  }

  #rebuild(kept: number, newEpochs: boolean): void {
    const before = this.#heads();
    this.#journal = this.#journal.slice(0, kept);
    const left = this.#heads();
    if (newEpochs) this.#era += 1;
    for (const [topic, { epoch }] of before) {
      const keptSeqNo = left.get(topic)?.seqNo ?? 0;
      const at = this.#options.at();
      this.#options.record({ kind: 'lost', at, topic, epoch, keptSeqNo, epochChanged: newEpochs });
    }
    this.#forgetFeeds();
    this.#heard.clear();
    this.#backbone = this.#newBackbone();
    const journal = this.#journal;
    this.#journal = [];
    this.#restoring = newEpochs ? 'new-epoch' : 'same-epoch';
    for (const { request, time } of journal) {
      this.#clock.show(time);
      this.#publish({ ...request, expectSeqNo: undefined }).catch(() => {});
    }
    this.#clock.show(undefined);
    this.#restoring = undefined;
  }

  #heads(): Map<string, { epoch: string; seqNo: number }> {
    const heads = new Map<string, { epoch: string; seqNo: number }>();
    for (const { request, epoch, seqNo } of this.#journal) heads.set(request.topic, { epoch, seqNo });
    return heads;
  }

  #newBackbone(): MemoryBackbone {
    const { seed, limits } = this.#options;
    this.#epochs = new Epochs(seed, this.#era);
    return new MemoryBackbone({ clock: this.#clock, random: this.#epochs, limits });
  }

  #do({ method, args }: EngineRequest, link: LinkPort): Promise<unknown> {
    const [topic, second] = args as [string, unknown];
    const backbone = this.#backbone;
    if (method === 'publish') return this.#publish(args[0] as PublishRequest);
    this.#epochs.of(topic);
    if (method === 'subscribe') return this.#subscribe(topic, link);
    if (method === 'unsubscribe') return this.#unsubscribe(topic, link);
    if (method === 'new-epoch') return this.#beginNewEpoch(args[0] as number);
    if (method === 'read') return backbone.read(topic, second as Parameters<typeof backbone.read>[1]);
    if (method === 'tail') return backbone.tail(topic, second as number);
    if (method === 'anchor') return backbone.anchor(topic, second as Position);
    if (method === 'head') return backbone.head(topic);
    return backbone.snapshot(topic);
  }

  async #publish(request: PublishRequest) {
    this.#epochs.of(request.topic);
    this.#listen(request.topic);
    const before = this.#publishing;
    this.#publishing = request;
    // The backbone stores, and tells its listeners, before it returns its promise.
    const result = this.#backbone.publish(request);
    this.#publishing = before;
    return result;
  }

  /** Writes down what is stored in a topic from its first message on. */
  #listen(topic: string): void {
    if (this.#heard.has(topic)) return;
    this.#heard.add(topic);
    const listener: EntryListener = ({ epoch, seqNo, prevSeqNo, messageId, key, payload: data, time }) => {
      const request = this.#publishing as PublishRequest;
      this.#journal.push({ request, time, epoch, seqNo });
      if (this.#restoring === 'same-epoch') return;
      this.#options.record({
        kind: 'stored',
        at: this.#options.at(),
        topic,
        epoch,
        seqNo,
        prevSeqNo,
        messageId,
        publisher: request.publisher,
        ...(key === undefined ? {} : { key }),
        data,
        time,
        ...(this.#restoring === undefined ? {} : { restored: true }),
      });
    };
    this.#backbone.subscribe(topic, listener).catch(() => {});
  }

  async #subscribe(topic: string, link: LinkPort): Promise<{ head: Position }> {
    this.#closeStale();
    const now = this.#clock.now();
    const feeds = this.#feeds.get(link) ?? new Map<string, Feed>();
    this.#feeds.set(link, feeds);
    const known = feeds.get(topic);
    if (known !== undefined) {
      known.askedAt = now;
      await known.head;
      return { head: await this.#backbone.head(topic) };
    }
    const life = this.#life;
    const hear: EntryListener = (entry) => this.#options.entry(link, { topic, life, entry });
    const feed: Feed = { subscription: undefined, head: this.#backbone.subscribe(topic, hear), askedAt: now };
    feeds.set(topic, feed);
    feed.subscription = await feed.head;
    return { head: feed.subscription.head };
  }

  async #unsubscribe(topic: string, link: LinkPort): Promise<void> {
    const feeds = this.#feeds.get(link);
    feeds?.get(topic)?.subscription?.close();
    feeds?.delete(topic);
  }

  /** A link knows messages that this life of the engine does not: so history was lost, and everybody must be told. */
  async #beginNewEpoch(life: number): Promise<void> {
    if (life !== this.#life) return;
    this.#life += 1;
    this.#rebuild(this.#journal.length, true);
  }

  #closeStale(): void {
    const before = this.#clock.now() - LEASE_MS;
    for (const [link, feeds] of this.#feeds) {
      for (const [topic, { askedAt, subscription }] of feeds) {
        if (askedAt >= before) continue;
        subscription?.close();
        feeds.delete(topic);
      }
      if (feeds.size === 0) this.#feeds.delete(link);
    }
  }

  #forgetFeeds(): void {
    for (const feeds of this.#feeds.values()) for (const { subscription } of feeds.values()) subscription?.close();
    this.#feeds.clear();
  }
}
