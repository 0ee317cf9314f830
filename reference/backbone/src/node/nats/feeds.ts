/**
 * All open topics of one gateway, and when each of them is looked after.
 *
 * A topic is open as long as somebody listens, and a while longer if its state is kept in memory: whoever publishes with a
 * key needs it again soon. Topics on which nothing was heard for a while are asked for their head, each at another moment.
 */

import type { Limits } from '@micro-socket/protocol';
import type { Clock, Random, Timer } from '@micro-socket/transport';
import { overloaded } from '../../parts/overloaded.ts';
import type { Access } from './access.ts';
import type { KeptBytes } from './kept-state.ts';
import type { TopicFeed } from './topic-feed.ts';

export interface FeedsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly access: Access;
  /** What all kept states hold may be as much as `historyBytesMax`. */
  readonly limits: Pick<Limits, 'topicsMax' | 'historyBytesMax'>;
  readonly keptBytes: KeptBytes;
  readonly make: (topic: string, onOver: (feed: TopicFeed) => void) => TopicFeed;
}

interface Open {
  readonly feed: TopicFeed;
  readonly opening: Promise<unknown>;
  /** When it is looked after the next time. */
  checkAt: number;
}

const STEP_MS = 5_000;
/** A topic on which nothing is heard for so long, and up to as long again, is asked for its head. */
const CHECK_AFTER_MS = 30_000;
/** A topic that nobody listens to stays open for so long, if its state is kept. */
const LINGER_MS = 30_000;

export class Feeds {
  readonly #options: FeedsOptions;
  readonly #open = new Map<string, Open>();
  #timer: Timer | undefined;

  constructor(options: FeedsOptions) {
    this.#options = options;
  }

  /** An open topic, if it is. */
  get(topic: string): TopicFeed | undefined {
    return this.#open.get(topic)?.feed;
  }

  /**
   * Opens a topic if it is not, and keeps it open until `unpin`. Rejects with OVERLOADED when one topic more is too many,
   * and with UNAVAILABLE.
   */
  async pin(topic: string, untilAt: number): Promise<TopicFeed> {
    const { feed, opening } = this.#open.get(topic) ?? this.#add(topic, untilAt);
    feed.pins += 1;
    try {
      await this.#options.access.within(untilAt, opening);
      return feed;
    } catch (error) {
      this.unpin(feed);
      throw error;
    }
  }

  unpin(feed: TopicFeed): void {
    feed.pins -= 1;
    feed.usedAt = this.#options.clock.now();
    this.release(feed);
  }

  /** Does something with an open topic. */
  async with<Result>(topic: string, untilAt: number, work: (feed: TopicFeed) => Promise<Result>): Promise<Result> {
    const feed = await this.pin(topic, untilAt);
    try {
      return await work(feed);
    } finally {
      this.unpin(feed);
    }
  }

  /** Closes a topic that nobody needs any more. */
  release(feed: TopicFeed): void {
    if (isNeeded(feed) || feed.keepsState) return;
    this.#forget(feed);
    feed.close();
  }

  /** Gives up states that were not used for the longest, so that all together are within the bound. */
  boundStates(): void {
    const { limits, keptBytes } = this.#options;
    if (keptBytes.value <= limits.historyBytesMax) return;
    const feeds = [...this.#open.values()].map(({ feed }) => feed).filter((feed) => feed.pins === 0);
    for (const feed of feeds.toSorted((one, other) => one.usedAt - other.usedAt)) {
      if (keptBytes.value <= limits.historyBytesMax) return;
      feed.forgetState();
      this.release(feed);
    }
  }

  suspendAll(): void {
    for (const { feed } of this.#open.values()) feed.suspend();
  }

  checkAll(): void {
    for (const { feed } of this.#open.values()) feed.check();
  }

  loseAll(): void {
    for (const { feed } of [...this.#open.values()]) feed.lose();
  }

  closeAll(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const { feed } of this.#open.values()) feed.close();
    this.#open.clear();
  }

  #add(topic: string, untilAt: number): Open {
    this.#requireRoom();
    const { make, clock } = this.#options;
    const feed = make(topic, () => this.#forget(feed));
    const opening = feed.open(untilAt).catch((error: unknown) => {
      this.#forget(feed);
      feed.close();
      throw error;
    });
    // Whoever waits for it hears of it.
    opening.catch(() => {});
    const open = { feed, opening, checkAt: clock.now() + this.#checkAfter() };
    this.#open.set(topic, open);
    this.#timer ??= clock.after(STEP_MS, () => this.#step());
    return open;
  }

  #requireRoom(): void {
    const { topicsMax } = this.#options.limits;
    if (this.#open.size < topicsMax) return;
    const idle = [...this.#open.values()].map(({ feed }) => feed).filter((feed) => !isNeeded(feed));
    const longest = idle.toSorted((one, other) => one.usedAt - other.usedAt)[0];
    if (longest === undefined) throw overloaded('topicsMax');
    this.#forget(longest);
    longest.close();
  }

  #forget(feed: TopicFeed): void {
    if (this.#open.get(feed.topic)?.feed === feed) this.#open.delete(feed.topic);
  }

  #step(): void {
    const { clock, access } = this.#options;
    const now = clock.now();
    this.boundStates();
    for (const open of [...this.#open.values()]) {
      const { feed } = open;
      if (!isNeeded(feed) && feed.usedAt + LINGER_MS <= now) {
        this.#forget(feed);
        feed.close();
      } else if (access.isOpen) {
        const isDue = open.checkAt <= now;
        if (isDue) open.checkAt = now + this.#checkAfter();
        // Where messages come, a lost one is noticed with the next.
        if (isDue && feed.heardAt + CHECK_AFTER_MS <= now) feed.check();
        feed.clear(isDue);
      }
    }
    this.#timer = this.#open.size > 0 ? clock.after(STEP_MS, () => this.#step()) : undefined;
  }

  #checkAfter(): number {
    return CHECK_AFTER_MS * (1 + this.#options.random.uint32() / 2 ** 32);
  }
}

function isNeeded(feed: TopicFeed): boolean {
  return feed.hasListeners || feed.pins > 0;
}
