/**
 * One topic of the engine as this gateway hears it: one subscription at the engine, however many listen here.
 *
 * Theory of operation. The client's subscription gives each message once, in order, over all the connections that it
 * lives through, and says when some are missing. So the chain here is unbroken by construction, until a loss is told:
 * then every listener hears `onLost`, and whoever comes afterwards begins with a new subscription. That the topic has
 * ended is told as `onClosed` only when the engine said so on this subscription, after the last message; a topic that is
 * found gone after a break may have had others.
 *
 * What the engine says of the topic's source is handed on, also to those who join later. What it says of the latency is
 * not: the gateway here measures its own, which holds the engine's share.
 */

import { type Client, type Health, type Message, type Subscription, TopicClosedError } from '@micro-socket/client';
import type { JsonValue, Position } from '@micro-socket/protocol';
import type { Clock } from '@micro-socket/transport';
import type { Entry, EntryListener, FeedEvents, SourceHealth, TopicSubscription } from '../contract.ts';
import { entrySizeOf } from '../parts/entry-size.ts';
import { Listeners } from '../parts/listeners.ts';

export interface RemoteTopicOptions {
  readonly topic: string;
  readonly client: Client;
  readonly clock: Clock;
  /** Resolves when the engine knows of no earlier subscription to the topic. */
  readonly after: Promise<void>;
  readonly onListenerError: (error: unknown) => void;
  /** Nobody listens any more, or the feed is over: nobody can join. `left` resolves when the engine has heard of it. */
  readonly onOver: (topic: RemoteTopic, left: Promise<void>) => void;
}

export class RemoteTopic {
  readonly topic: string;
  readonly #options: RemoteTopicOptions;
  readonly #listeners: Listeners;
  readonly #events = new Set<FeedEvents>();
  readonly #opened: Promise<Subscription>;
  /** Where the feed stands, once it has begun. */
  #at: Position | undefined;
  #source: SourceHealth = { state: 'ok' };
  #waiting = 0;
  #isOver = false;

  constructor(options: RemoteTopicOptions) {
    this.topic = options.topic;
    this.#options = options;
    this.#listeners = new Listeners(options.onListenerError);
    this.#opened = options.after.then(() =>
      options.client.subscribe(options.topic, {
        onMessage: (message) => this.#take(message),
        onLoss: () => this.#lose(),
        onHealth: (health) => this.#hearHealth(health),
        onEnd: (error) => {
          if (error instanceof TopicClosedError) this.#closed(error.why);
          else this.#lose();
        },
      }),
    );
    this.#opened.then(
      ({ position }) => {
        this.#at ??= position;
      },
      () => this.#end(),
    );
  }

  /** Joins a listener. Rejects with what the engine says, and with the client's errors. */
  async join(listener: EntryListener, events: FeedEvents): Promise<TopicSubscription | undefined> {
    this.#waiting += 1;
    let subscription: Subscription;
    try {
      subscription = await this.#opened;
    } finally {
      this.#waiting -= 1;
    }
    if (this.#isOver) return undefined;
    const head = this.#at ?? subscription.position;
    this.#at = head;
    const leave = this.#listeners.join(listener, head.seqNo);
    // The same events may be given twice.
    const own = { ...events };
    this.#events.add(own);
    if (this.#source.state === 'stale') own.onHealth?.(this.#source);
    const close = () => {
      leave();
      this.#events.delete(own);
      this.endIfIdle();
    };
    return { head, close };
  }

  /** Ends the subscription at the engine when nobody listens and nobody is about to. */
  endIfIdle(): void {
    if (this.#listeners.size === 0 && this.#waiting === 0) this.#end();
  }

  #take({ epoch, seqNo, messageId, time, data, key, ref, by, ttlMs, signature }: Message): void {
    if (this.#isOver) return;
    const prevSeqNo = this.#at?.seqNo ?? 0;
    const content = { payload: data, key, ref, ttlMs, signature };
    const entry: Entry = { epoch, seqNo, prevSeqNo, messageId, time, by, ...content, sizeBytes: entrySizeOf(content) };
    this.#at = { epoch, seqNo, messageId };
    this.#listeners.deliver(entry);
  }

  #lose(): void {
    if (this.#isOver) return;
    for (const { onLost } of this.#endWithEvents()) onLost?.();
  }

  #closed(why: string): void {
    if (this.#isOver) return;
    for (const { onClosed } of this.#endWithEvents()) onClosed?.(why);
  }

  #endWithEvents(): readonly FeedEvents[] {
    const told = [...this.#events];
    this.#end();
    return told;
  }

  #hearHealth({ state, lagMs }: Health): void {
    if (this.#isOver || (state !== 'stale' && this.#source.state === 'ok')) return;
    const silentSince = this.#options.clock.now() - lagMs;
    this.#source = state === 'stale' ? { state, silentSince } : { state: 'ok' };
    for (const { onHealth } of [...this.#events]) onHealth?.(this.#source);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.clear();
    const left = this.#opened.then((subscription) => subscription.close()).catch(() => {});
    this.#options.onOver(this, left);
  }
}

/** What a message of a page is as an entry. */
export function entryOf(message: Message & { readonly prevSeqNo: number }): Entry {
  const { epoch, seqNo, prevSeqNo, messageId, time, data, key, ref, by, ttlMs, signature } = message;
  const content = { payload: data as JsonValue, key, ref, ttlMs, signature };
  return { epoch, seqNo, prevSeqNo, messageId, time, by, ...content, sizeBytes: entrySizeOf(content) };
}
