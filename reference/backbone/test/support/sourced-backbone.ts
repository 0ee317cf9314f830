/**
 * A memory backbone whose topics can end, whose sources can fall silent, and whose feeds can be lost or held: what a
 * backbone with sources of its own does, when a test says so.
 */

import { ProtocolError } from '@micro-socket/protocol';
import {
  type Entry,
  type EntryListener,
  type FeedEvents,
  MemoryBackbone,
  type PublishRequest,
  type ReadRange,
  type SourceHealth,
  type TopicSubscription,
} from '../../src/index.ts';

interface Feed {
  readonly topic: string;
  readonly events: FeedEvents;
  readonly close: () => void;
}

export class SourcedBackbone extends MemoryBackbone {
  readonly #feeds = new Set<Feed>();
  readonly #missing = new Set<string>();
  readonly #sources = new Map<string, SourceHealth>();
  /** Entries on their way to listeners; absent while they take no time. */
  #held: (() => void)[] | undefined;

  get openFeeds(): number {
    return this.#feeds.size;
  }

  override async subscribe(
    topic: string,
    listener: EntryListener,
    events: FeedEvents = {},
  ): Promise<TopicSubscription> {
    this.#require(topic);
    const hear = (entry: Entry) => {
      if (this.#held === undefined) listener(entry);
      else this.#held.push(() => listener(entry));
    };
    const { head, close } = await super.subscribe(topic, hear);
    const feed: Feed = { topic, events, close };
    this.#feeds.add(feed);
    const source = this.#sources.get(topic);
    if (source !== undefined) events.onHealth?.(source);
    return { head, close: () => this.#end(feed) };
  }

  override async publish(request: PublishRequest) {
    this.#require(request.topic);
    return super.publish(request);
  }

  override async read(topic: string, range: ReadRange) {
    this.#require(topic);
    return super.read(topic, range);
  }

  override async snapshot(topic: string) {
    this.#require(topic);
    return super.snapshot(topic);
  }

  override async tail(topic: string, count: number) {
    this.#require(topic);
    return super.tail(topic, count);
  }

  override async head(topic: string) {
    this.#require(topic);
    return super.head(topic);
  }

  override async anchor(topic: string, position: Parameters<MemoryBackbone['anchor']>[1]) {
    this.#require(topic);
    return super.anchor(topic, position);
  }

  /** Ends a topic for good: every feed hears why, and from now on it does not exist. */
  endTopic(topic: string, why: string): void {
    this.#missing.add(topic);
    for (const { events } of this.#endFeeds(topic)) events.onClosed?.(why);
  }

  /** From now on the topic exists again. */
  beginTopic(topic: string): void {
    this.#missing.delete(topic);
  }

  loseFeeds(topic: string): void {
    for (const { events } of this.#endFeeds(topic)) events.onLost?.();
  }

  /** What is known of the source of a topic changes. */
  sourceIs(topic: string, source: SourceHealth): void {
    this.#sources.set(topic, source);
    for (const feed of [...this.#feeds]) if (feed.topic === topic) feed.events.onHealth?.(source);
  }

  /** Entries wait from now on. */
  hold(): void {
    this.#held ??= [];
  }

  /** Listeners hear what has waited, and from now on everything at once. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const hear of held) hear();
  }

  #require(topic: string): void {
    if (this.#missing.has(topic)) throw new ProtocolError('NO_SUCH_TOPIC', `There is no topic ${topic}.`, { topic });
  }

  #endFeeds(topic: string): readonly Feed[] {
    const ended = [...this.#feeds].filter((feed) => feed.topic === topic);
    for (const feed of ended) this.#end(feed);
    return ended;
  }

  #end(feed: Feed): void {
    if (this.#feeds.delete(feed)) feed.close();
  }
}
