/**
 * A backbone at the other end of a link that can be cut: calls and entries take a turn each way, and what is on its way
 * when the link is cut is lost. Its store is a memory backbone, which several of them may share and which a crash of one
 * leaves alone. It keeps the contract; the tests of the suite break one thing of it at a time.
 */

import type { Position } from '@micro-socket/protocol';
import type {
  Backbone,
  Entry,
  EntryListener,
  FeedEvents,
  PublishRequest,
  PublishResult,
  ReadRange,
  TopicSnapshot,
  TopicSubscription,
  TopicTail,
} from '../../src/index.ts';
import { unavailable } from '../../src/parts/unavailable.ts';

/** What lies between backbones and their store. */
export class Link {
  isCut = false;
  /** One more with every cut: what was sent before it does not arrive after it. */
  cuts = 0;
  readonly #onHeal = new Set<() => void>();

  async cut(): Promise<void> {
    this.isCut = true;
    this.cuts += 1;
  }

  async heal(): Promise<void> {
    this.isCut = false;
    for (const act of this.#onHeal) act();
  }

  onHeal(act: () => void): () => void {
    this.#onHeal.add(act);
    return () => this.#onHeal.delete(act);
  }

  /** One way across. Rejects with UNAVAILABLE when the link was cut meanwhile. */
  async cross(): Promise<void> {
    const { cuts, isCut } = this;
    await new Promise((resolve) => setImmediate(resolve));
    if (isCut || this.cuts !== cuts) throw unavailable('The store cannot be reached.');
  }
}

export interface Feed {
  readonly topic: string;
  readonly listener: EntryListener;
  readonly onLost: () => void;
  readonly end: () => void;
  last: number;
  isOver: boolean;
  isBusy: boolean;
  isAskedAgain: boolean;
}

export class LinkedBackbone implements Backbone {
  readonly durability = 'replicated';
  readonly store: Backbone;
  readonly link: Link;
  readonly #feeds = new Set<Feed>();

  constructor(store: Backbone, link: Link) {
    this.store = store;
    this.link = link;
  }

  get retentionMessagesMax(): number {
    return this.store.retentionMessagesMax;
  }

  get dedupWindowMs(): number {
    return this.store.dedupWindowMs;
  }

  get problem(): string | undefined {
    return this.link.isCut ? 'The store cannot be reached.' : undefined;
  }

  publish(request: PublishRequest): Promise<PublishResult> {
    return this.#ask(() => this.store.publish(request));
  }

  read(topic: string, range: ReadRange): Promise<readonly Entry[]> {
    return this.#ask(() => this.store.read(topic, range));
  }

  snapshot(topic: string): Promise<TopicSnapshot> {
    return this.#ask(() => this.store.snapshot(topic));
  }

  tail(topic: string, count: number): Promise<TopicTail> {
    return this.#ask(() => this.store.tail(topic, count));
  }

  head(topic: string): Promise<Position> {
    return this.#ask(() => this.store.head(topic));
  }

  anchor(topic: string, position: Position): Promise<boolean> {
    return this.#ask(() => this.store.anchor(topic, position));
  }

  async subscribe(topic: string, listener: EntryListener, events: FeedEvents = {}): Promise<TopicSubscription> {
    const { onLost = () => {} } = events;
    await this.link.cross();
    let feed: Feed | undefined;
    const pump = () => {
      if (feed !== undefined) void this.pump(feed);
    };
    const { head, close } = await this.store.subscribe(topic, pump);
    const leaveLink = this.link.onHeal(pump);
    const end = () => {
      close();
      leaveLink();
    };
    try {
      await this.link.cross();
    } catch (error) {
      end();
      throw error;
    }
    feed = { topic, listener, onLost, end, last: head.seqNo, isOver: false, isBusy: false, isAskedAgain: false };
    this.#feeds.add(feed);
    const joined = feed;
    pump();
    return { head, close: () => this.end(joined) };
  }

  async close(): Promise<void> {
    for (const feed of this.#feeds) this.end(feed);
  }

  /** Hands out what is stored after the last entry of a feed, as long as there is any. */
  async pump(feed: Feed): Promise<void> {
    feed.isAskedAgain = true;
    if (feed.isBusy) return;
    feed.isBusy = true;
    while (feed.isAskedAgain && !feed.isOver) {
      feed.isAskedAgain = false;
      try {
        await this.link.cross();
        const entries = await this.missed(feed);
        await this.link.cross();
        for (const entry of entries) this.handOut(feed, entry);
      } catch {
        // It goes on when the link is healed.
      }
    }
    feed.isBusy = false;
  }

  /** What is stored after the last entry of a feed. */
  missed({ topic, last }: Feed): Promise<readonly Entry[]> {
    return this.store.read(topic, { afterSeqNo: last, limit: 1_000 });
  }

  handOut(feed: Feed, entry: Entry): void {
    if (feed.isOver) return;
    if (entry.prevSeqNo !== feed.last) {
      this.lose(feed);
      return;
    }
    feed.last = entry.seqNo;
    try {
      feed.listener(entry);
    } catch {
      // A listener's failure is nobody else's.
    }
  }

  lose(feed: Feed): void {
    this.end(feed);
    feed.onLost();
  }

  end(feed: Feed): void {
    feed.isOver = true;
    feed.end();
    this.#feeds.delete(feed);
  }

  async #ask<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    await this.link.cross();
    const answer = await work();
    await this.link.cross();
    return answer;
  }
}
