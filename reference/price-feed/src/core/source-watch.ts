/**
 * Knows, in every gateway, whether prices are fresh: it follows what the feed says of its source.
 *
 * Silence of the feed itself counts, too: whoever has not heard of it for `STALE_AFTER_MS` says that prices are stale,
 * because a feed that was killed cannot say so. It looks while somebody listens.
 */

import { type Backbone, type Entry, type SourceHealth, TopicFollower } from '@micro-socket/backbone';
import type { Clock, Timer } from '@micro-socket/transport';
import { readStatus, type SourceStatus, STALE_AFTER_MS, STATUS_INTERVAL_MS } from './source-status.ts';

export interface SourceWatchOptions {
  readonly backbone: Backbone;
  readonly clock: Clock;
  /** Where the feed says how its source is. */
  readonly topic: string;
}

type HealthListener = (health: SourceHealth) => void;

const OK: SourceHealth = { state: 'ok' };

export class SourceWatch {
  readonly #clock: Clock;
  readonly #follower: TopicFollower;
  readonly #listeners = new Set<HealthListener>();
  #status: SourceStatus | undefined;
  /** When the feed was heard last, or when the watch began. */
  #heardAt = 0;
  #health: SourceHealth = OK;
  #timer: Timer | undefined;
  #isOpening = false;
  #isClosed = false;

  constructor({ backbone, clock, topic }: SourceWatchOptions) {
    this.#clock = clock;
    this.#follower = new TopicFollower({
      backbone,
      clock,
      topic,
      onState: ({ entries }) => this.#begin(entries.at(-1)),
      onEntry: (entry) => this.#hear(entry),
      // What was said before counts until it is old; the next look reads the topic anew.
      onStale: () => {},
    });
  }

  /** What the feed said last. */
  get status(): SourceStatus | undefined {
    return this.#status;
  }

  /** Tells changes, and at once when prices are stale now. The answer stops it. */
  listen(listener: HealthListener): () => void {
    this.#listeners.add(listener);
    if (this.#timer === undefined) this.#start();
    else if (this.#health.state !== 'ok') listener(this.#health);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#rest();
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#listeners.clear();
    this.#rest();
    this.#follower.close();
  }

  #start(): void {
    this.#heardAt = this.#clock.now();
    this.#health = OK;
    this.#look();
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Judges what is known, and sees to it that the topic is followed. */
  #look(): void {
    if (this.#isClosed) return;
    this.#timer = this.#clock.after(STATUS_INTERVAL_MS / 2, () => this.#look());
    if (this.#follower.isStale && !this.#isOpening) this.#open();
    this.#judge();
  }

  #open(): void {
    this.#isOpening = true;
    // A backbone that is away now is asked again with the next look; until then silence counts.
    this.#follower
      .open()
      .catch(() => {})
      .finally(() => {
        this.#isOpening = false;
      });
  }

  /** What stood there before says how the source was, but not that anybody is alive now. */
  #begin(entry: Entry | undefined): void {
    if (entry !== undefined) this.#status ??= readStatus(entry.payload);
    this.#judge();
  }

  #hear(entry: Entry): void {
    const status = readStatus(entry.payload);
    if (status === undefined) return;
    this.#status = status;
    this.#heardAt = this.#clock.now();
    this.#judge();
  }

  #judge(): void {
    const now = this.#clock.now();
    const silentForMs = now - this.#heardAt;
    if (silentForMs >= STALE_AFTER_MS) this.#become({ state: 'stale', silentSince: this.#heardAt });
    else if (this.#status === undefined || this.#status.state === 'ok') this.#become(OK);
    else this.#become({ state: 'stale', silentSince: this.#heardAt - this.#status.silentMs });
  }

  #become(health: SourceHealth): void {
    if (health.state === this.#health.state) return;
    this.#health = health;
    for (const listener of this.#listeners) listener(health);
  }
}
