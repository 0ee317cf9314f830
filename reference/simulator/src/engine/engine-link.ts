/**
 * A backbone at the other end of a network that loses, doubles and reorders packets: what a gateway holds of the engine.
 *
 * Theory of operation. A call is a request with an id, sent again until it is answered or its time is over; the
 * engine's dedup makes a repeated publish harmless. Publishes of one publisher to one topic go one after the other, so
 * that none overtakes another. A subscription is asked for again and again, which keeps it alive at the engine and
 * brings the head: so a lost tail is noticed. `OrderedFeed` makes a chain without holes of what comes.
 *
 * It is not the `remote` backbone, which speaks the protocol over a connection.
 */

import type {
  Backbone,
  Entry,
  EntryListener,
  PublishRequest,
  PublishResult,
  ReadRange,
  TopicSubscription,
} from '@micro-socket/backbone';
import type { Limits, Position } from '@micro-socket/protocol';
import type { Clock, Timer } from '@micro-socket/transport';
import { OrderedFeed } from './ordered-feed.ts';
import type { EngineAnswer, EngineEntry, EngineMethod, EnginePort, EngineSubscription, LinkPort } from './wire.ts';

const ASK_AGAIN_MS = 250;
const DEADLINE_MS = 2_000;
/** How often a subscription is asked for again. */
const KEEP_MS = 500;

/** The engine did not answer in time. It does not say whether the call took effect. */
export class EngineUnreachableError extends Error {
  readonly code = 'ENGINE_UNREACHABLE';

  constructor(method: string) {
    super(`The engine has not answered ${method} within ${DEADLINE_MS} ms.`);
    this.name = 'EngineUnreachableError';
  }
}

interface Call {
  readonly resolve: (answer: EngineAnswer) => void;
  readonly reject: (error: unknown) => void;
  readonly deadline: Timer;
  again: Timer;
}

export interface EngineLinkOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly port: (link: EngineLink) => EnginePort;
  /** Hears of each entry that is given to the gateway. */
  readonly onEntry: (topic: string, epoch: string, seqNo: number) => void;
}

export class EngineLink implements Backbone, LinkPort {
  readonly durability = 'memory';
  readonly problem = undefined;
  readonly retentionMessagesMax: number;
  readonly dedupWindowMs: number;
  readonly name: string;
  readonly #options: EngineLinkOptions;
  readonly #port: EnginePort;
  readonly #calls = new Map<number, Call>();
  readonly #feeds = new Map<string, Set<OrderedFeed>>();
  /** The last publish of each publisher to each topic. */
  readonly #lastPublish = new Map<string, Promise<unknown>>();
  /** Against the contract: while it is true, listeners hear nothing, and nothing repairs that afterwards. */
  isDeaf = false;
  #nextId = 1;
  #keeping: Timer | undefined;

  constructor(options: EngineLinkOptions) {
    this.#options = options;
    this.name = options.name;
    this.retentionMessagesMax = options.limits.historyLengthMax;
    this.dedupWindowMs = options.limits.dedupWindowMs;
    this.#port = options.port(this);
  }

  async publish(request: PublishRequest): Promise<PublishResult> {
    const line = `${request.topic} ${request.publisher}`;
    const before = this.#lastPublish.get(line);
    const result = (before ?? Promise.resolve()).then(() => this.#ask<PublishResult>('publish', request));
    const settled = result.then(
      () => {},
      () => {},
    );
    this.#lastPublish.set(line, settled);
    settled.then(() => {
      if (this.#lastPublish.get(line) === settled) this.#lastPublish.delete(line);
    });
    return result;
  }

  async subscribe(topic: string, listener: EntryListener): Promise<TopicSubscription> {
    const { onEntry } = this.#options;
    const feed = new OrderedFeed({
      hear: (entry) => {
        if (this.isDeaf) return;
        onEntry(topic, entry.epoch, entry.seqNo);
        listener(entry);
      },
      read: (range) => this.#askWithLife<readonly Entry[]>('read', topic, range),
      head: () => this.#askWithLife<Position>('head', topic),
      anchor: (position) => this.#askWithLife<boolean>('anchor', topic, position),
      onHistoryLost: (life) => void this.#ask('new-epoch', life).catch(() => {}),
    });
    const feeds = this.#feeds.get(topic) ?? new Set();
    this.#feeds.set(topic, feeds.add(feed));
    try {
      const { result, life } = await this.#askWithLife<EngineSubscription>('subscribe', topic);
      feed.openAt(result.head, life);
      this.#keeping ??= this.#keepLater();
      return { head: result.head, close: () => this.#close(topic, feed) };
    } catch (error) {
      this.#close(topic, feed);
      throw error;
    }
  }

  read(topic: string, range: ReadRange) {
    return this.#ask<Awaited<ReturnType<Backbone['read']>>>('read', topic, range);
  }

  snapshot(topic: string) {
    return this.#ask<Awaited<ReturnType<Backbone['snapshot']>>>('snapshot', topic);
  }

  tail(topic: string, count: number) {
    return this.#ask<Awaited<ReturnType<Backbone['tail']>>>('tail', topic, count);
  }

  head(topic: string) {
    return this.#ask<Position>('head', topic);
  }

  anchor(topic: string, position: Position) {
    return this.#ask<boolean>('anchor', topic, position);
  }

  async close(): Promise<void> {
    this.#keeping?.cancel();
  }

  answer(answer: EngineAnswer): void {
    const call = this.#calls.get(answer.id);
    if (call === undefined) return;
    this.#forget(answer.id, call);
    if ('error' in answer) call.reject(answer.error);
    else call.resolve(answer);
  }

  entry({ topic, life, entry }: EngineEntry): void {
    for (const feed of this.#feeds.get(topic) ?? []) feed.take(entry, life);
  }

  async #ask<Result>(method: EngineMethod | 'new-epoch' | 'unsubscribe', ...args: unknown[]): Promise<Result> {
    return (await this.#askWithLife<Result>(method, ...args)).result;
  }

  #askWithLife<Result>(
    method: EngineMethod | 'new-epoch' | 'unsubscribe',
    ...args: unknown[]
  ): Promise<{ result: Result; life: number }> {
    const id = this.#nextId++;
    const { clock } = this.#options;
    const send = () => this.#port.send({ id, link: this.name, method, args });
    return new Promise((resolve, reject) => {
      const sendAgain = () => {
        send();
        call.again = clock.after(ASK_AGAIN_MS, sendAgain);
      };
      const call: Call = {
        resolve: ({ result, life }) => resolve({ result: result as Result, life }),
        reject,
        deadline: clock.after(DEADLINE_MS, () => {
          this.#forget(id, call);
          reject(new EngineUnreachableError(method));
        }),
        again: clock.after(ASK_AGAIN_MS, sendAgain),
      };
      this.#calls.set(id, call);
      send();
    });
  }

  #forget(id: number, call: Call): void {
    this.#calls.delete(id);
    call.deadline.cancel();
    call.again.cancel();
  }

  #close(topic: string, feed: OrderedFeed): void {
    feed.close();
    const feeds = this.#feeds.get(topic);
    feeds?.delete(feed);
    if (feeds === undefined || feeds.size > 0) return;
    this.#feeds.delete(topic);
    this.#ask('unsubscribe', topic).catch(() => {});
    if (this.#feeds.size > 0) return;
    this.#keeping?.cancel();
    this.#keeping = undefined;
  }

  #keepLater(): Timer {
    return this.#options.clock.after(KEEP_MS, () => {
      for (const [topic, feeds] of this.#feeds) void this.#keep(topic, feeds);
      this.#keeping = this.#keepLater();
    });
  }

  async #keep(topic: string, feeds: ReadonlySet<OrderedFeed>): Promise<void> {
    try {
      const { result, life } = await this.#askWithLife<EngineSubscription>('subscribe', topic);
      for (const feed of feeds) feed.headIs(result.head, life);
    } catch {
      // It is asked for again in a moment.
    }
  }
}
