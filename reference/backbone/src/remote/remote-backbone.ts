/**
 * The backbone of an edge: another gateway, the *engine*, of which this one is a client.
 *
 * Theory of operation. Everything is said with the protocol that browsers speak: `publish` with the name of whom it is
 * for, `subscribe` for the feed of a topic, `read` for every question about what is stored. The client keeps the
 * connection: it sends publishes again until they are answered, in their order, and goes on with each subscription from
 * the last message that came, anchored. So a connection that is cut costs time and nothing else, and an engine that has
 * lost a part of its history is found out, because the anchor is not there.
 *
 * A question that a lost connection has left without an answer is asked again on the next one. What is not answered
 * within `callTimeoutMs` is UNAVAILABLE, and whoever asked decides. A connection that cannot be had at all, such as one that is refused for its key, is tried
 * again for as long as the backbone is open.
 *
 * It stores nothing and remembers no ids. Two edges meet only at the engine.
 */

import {
  Client,
  type ClientPorts,
  ConnectionClosedError,
  type Page,
  PublishQueueFullError,
  type ReadFrom,
  type ReadOptions,
} from '@micro-socket/client';
import { type Position, ProtocolError, type ReadyFrame } from '@micro-socket/protocol';
import type { Clock, Timer } from '@micro-socket/transport';
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
} from '../contract.ts';
import { overloaded } from '../parts/overloaded.ts';
import { unavailable } from '../parts/unavailable.ts';
import { EngineUnsuitableError } from './errors.ts';
import { entryOf, RemoteTopic } from './remote-topic.ts';

export interface RemoteBackboneOptions {
  /** The way to the engine, a clock and a random source. */
  readonly ports: ClientPorts;
  /** What the engine is called in messages, such as its address. */
  readonly engine: string;
  /** Proves to the engine that this is one of its gateways. */
  readonly token?: string | undefined;
  readonly name?: string | undefined;
  /** How long a call may wait for its answer, in milliseconds. Default 10 000. */
  readonly callTimeoutMs?: number | undefined;
  /** Hears when `problem` changes, with the new one. Must not throw. */
  readonly onProblem?: ((problem: string | undefined) => void) | undefined;
  /** Hears of what a listener threw, which touches nobody else. Must not throw. */
  readonly onListenerError?: ((error: unknown) => void) | undefined;
}

const CALL_TIMEOUT_MS = 10_000;

/** How often a feed that keeps being lost while somebody joins it is begun anew. */
const JOINS_MAX = 8;

/** How long to wait before a client that gave up is replaced, in milliseconds. */
const AGAIN_MS = 1_000;

const DURABILITIES: readonly string[] = ['memory', 'written', 'disk', 'replicated'] satisfies Durability[];

/** Refusals that concern this gateway's connection and say nothing of the message. */
const OF_THE_CONNECTION: readonly string[] = [
  'ACL_DENIED',
  'AUTH_FAILED',
  'AUTH_REQUIRED',
  'INTERNAL',
  'TOO_MANY_UNACKNOWLEDGED',
  'RATE_LIMITED',
  'TOO_MANY_REPLAYS',
  'TOPIC_LIMIT',
];

export class RemoteBackbone implements Backbone {
  readonly durability: Durability;
  readonly retentionMessagesMax: number;
  readonly dedupWindowMs: number;
  readonly #options: RemoteBackboneOptions;
  readonly #clock: Clock;
  readonly #topics = new Map<string, RemoteTopic>();
  /** Topics that are being left: a connection has one subscription to a topic at a time. */
  readonly #leaving = new Map<string, Promise<void>>();
  #client: Client;
  #problem: string | undefined;
  #again: Timer | undefined;
  #isClosed = false;

  /** Use `connect`. */
  private constructor(client: Client, options: RemoteBackboneOptions) {
    const { durability, retention, dedupWindowMs } = checkedReady(client.ready, options.engine);
    this.durability = durability;
    this.retentionMessagesMax = retention.messagesMax;
    this.dedupWindowMs = dedupWindowMs;
    this.#options = options;
    this.#clock = options.ports.clock;
    this.#client = client;
    this.#watch(client);
  }

  /** Rejects with `EngineUnsuitableError`, and with what the client's `open` rejects with. */
  static async connect(options: RemoteBackboneOptions): Promise<RemoteBackbone> {
    const client = clientFor(options);
    await client.open();
    try {
      return new RemoteBackbone(client, options);
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  // #region publish
  async publish(request: PublishRequest): Promise<PublishResult> {
    const { topic, payload, publisher, by, messageId, key, ref, ttlMs, signature, expectSeqNo } = request;
    const signed = signature === undefined ? {} : { signWith: () => signature };
    const options = given({ messageId, publisher, by, key, ref, ttlMs, expectSeqNo, ...signed });
    return this.#ask(`publish on ${topic}`, () => this.#client.publish(topic, payload, options));
  }
  // #endregion publish

  async subscribe(topic: string, listener: EntryListener, events: FeedEvents = {}): Promise<TopicSubscription> {
    for (let attempt = 1; attempt <= JOINS_MAX; attempt++) {
      const remote = this.#topics.get(topic) ?? this.#open(topic);
      const joining = remote.join(listener, events);
      try {
        const subscription = await this.#ask(`subscribe to ${topic}`, () => joining);
        if (subscription !== undefined) return subscription;
      } catch (error) {
        // Whoever asked has gone; one that still comes is of no use to anyone.
        joining.then((late) => late?.close()).catch(() => {});
        throw error;
      }
    }
    throw unavailable(`The feed of ${topic} is lost again and again.`);
  }

  // #region read
  async read(topic: string, { afterSeqNo, limit }: ReadRange): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    while (entries.length < limit) {
      const after = entries.at(-1)?.seqNo ?? afterSeqNo;
      const atOnce = Math.min(limit - entries.length, READ_AT_ONCE);
      const page = await this.#read(topic, { after }, { limit: atOnce });
      // What has left the history between two pages would be a hole; the reader asks for it and finds it.
      if (page.messages.length === 0 || isHole(entries.at(-1), page)) break;
      for (const message of page.messages) entries.push(entryOf(message));
      if (page.messages.length < atOnce) break;
    }
    return entries;
  }

  async snapshot(topic: string): Promise<TopicSnapshot> {
    const { position, messages } = await this.#read(topic, 'snapshot');
    return { head: position, entries: messages.map(entryOf) };
  }

  async tail(topic: string, count: number): Promise<TopicTail> {
    const { position, messages } = await this.#read(topic, { last: Math.min(count, READ_AT_ONCE) });
    const entries = messages.map(entryOf);
    return { before: position, entries, head: positionOf(entries.at(-1)) ?? position };
  }

  async head(topic: string): Promise<Position> {
    return (await this.#read(topic, 'head')).position;
  }

  async anchor(topic: string, position: Position): Promise<boolean> {
    return (await this.#read(topic, position, { limit: 0 })).anchored === true;
  }
  // #endregion read

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#again?.cancel();
    await this.#client.close();
  }

  #read(topic: string, from: ReadFrom, options: ReadOptions = {}): Promise<Page> {
    return this.#ask(`read ${topic}`, (isOver) => this.#readOnce(topic, from, options, isOver));
  }

  async #readOnce(topic: string, from: ReadFrom, options: ReadOptions, isOver: () => boolean): Promise<Page> {
    for (;;) {
      try {
        return await this.#client.read(topic, from, options);
      } catch (error) {
        if (!(error instanceof ConnectionClosedError) || isOver()) throw error;
        await this.#connected();
        if (isOver()) throw error;
      }
    }
  }

  /** Resolves when there is a connection again, or none is to be had any more. */
  #connected(): Promise<void> {
    const client = this.#client;
    return new Promise((resolve) => {
      const stop = client.onState(({ state }) => {
        if (state !== 'ready' && state !== 'closed') return;
        stop();
        resolve();
      });
      if (client.state !== 'reconnecting') {
        stop();
        this.#clock.after(AGAIN_MS, resolve);
      }
    });
  }

  #open(topic: string): RemoteTopic {
    const { onListenerError = () => {} } = this.#options;
    const remote: RemoteTopic = new RemoteTopic({
      topic,
      client: this.#client,
      clock: this.#clock,
      after: this.#leaving.get(topic) ?? Promise.resolve(),
      onListenerError,
      onOver: (over, left) => this.#forget(over, left),
    });
    this.#topics.set(topic, remote);
    return remote;
  }

  #forget(over: RemoteTopic, left: Promise<void>): void {
    const { topic } = over;
    if (this.#topics.get(topic) === over) this.#topics.delete(topic);
    this.#leaving.set(topic, left);
    left.then(() => {
      if (this.#leaving.get(topic) === left) this.#leaving.delete(topic);
    });
  }

  /** Every call to the engine: its answer, or UNAVAILABLE, in bounded time. */
  #ask<Answer>(what: string, call: (isOver: () => boolean) => Promise<Answer>): Promise<Answer> {
    const { callTimeoutMs = CALL_TIMEOUT_MS } = this.#options;
    let isOver = false;
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(callTimeoutMs, () => {
        isOver = true;
        reject(this.#unavailable(`${what}: no answer within ${callTimeoutMs} ms`));
      });
      call(() => isOver)
        .then(resolve, (error: Error) => reject(this.#failure(what, error)))
        .finally(() => timer.cancel());
    });
  }

  /** What the engine refuses goes to the client as it is; everything else says nothing of the message. */
  #failure(what: string, error: Error): ProtocolError {
    if (error instanceof PublishQueueFullError) return overloaded('publishQueueMax');
    if (!(error instanceof ProtocolError)) return this.#unavailable(`${what}: ${error.message}`, error);
    if (error.code === 'RATE_LIMITED') return overloaded('framesPerSecondMax of its engine', error.afterMs);
    if (OF_THE_CONNECTION.includes(error.code)) return this.#unavailable(`${what}: ${error.message}`, error);
    // Without the id: that is the one of this gateway's request, and not of whoever asked this gateway.
    const { code, message, topic, retry, afterMs } = error;
    return new ProtocolError(code, message, { topic, retry, afterMs });
  }

  #unavailable(problem: string, cause?: Error): ProtocolError {
    return unavailable(`The engine ${this.#options.engine} did not serve ${problem}`, cause);
  }

  #watch(client: Client): void {
    client.onState(({ state, reason }) => {
      if (this.#isClosed || client !== this.#client) return;
      if (state === 'ready') this.#setProblem(undefined);
      else this.#setProblem(`There is no connection to the engine ${this.#options.engine}: ${reason?.message}`);
    });
    client.closed.then(({ error }) => {
      if (this.#isClosed) return;
      this.#setProblem(`The engine ${this.#options.engine} does not serve this gateway: ${error?.message}`);
      this.#again = this.#clock.after(AGAIN_MS, () => this.#replaceClient());
    });
  }

  /** The client has given up for good, so another one takes its place: its feeds are lost. */
  #replaceClient(): void {
    const client = clientFor(this.#options);
    this.#client = client;
    this.#watch(client);
    client.open().then(
      () => this.#setProblem(undefined),
      () => {
        // Why is told by the state, and `closed` brings the next attempt.
      },
    );
  }

  #setProblem(problem: string | undefined): void {
    if (this.#problem === problem) return;
    this.#problem = problem;
    this.#options.onProblem?.(problem);
  }
}

/** How many messages one question asks for; the protocol allows no more (§4.12). */
const READ_AT_ONCE = 1_000;

function clientFor({ ports, token, name = 'edge', callTimeoutMs = CALL_TIMEOUT_MS }: RemoteBackboneOptions): Client {
  return new Client(ports, {
    ...(token === undefined ? {} : { token }),
    client: { name, version: '1' },
    connectTimeoutMs: callTimeoutMs,
    publishTimeoutMs: callTimeoutMs,
    retryRefused: false,
    reconnect: { baseMs: 50, capMs: 1_000 },
  });
}

function checkedReady(ready: ReadyFrame, engine: string): ReadyFrame & { readonly durability: Durability } {
  const { durability } = ready;
  if (!DURABILITIES.includes(durability)) throw new EngineUnsuitableError(engine, `it acknowledges as ${durability}`);
  return { ...ready, durability: durability as Durability };
}

function positionOf(entry: Entry | undefined): Position | undefined {
  return entry && { epoch: entry.epoch, seqNo: entry.seqNo, messageId: entry.messageId };
}

function isHole(last: Entry | undefined, { messages }: Page): boolean {
  const first = messages[0];
  return last !== undefined && first !== undefined && (first.epoch !== last.epoch || first.prevSeqNo !== last.seqNo);
}

/** Only what is defined: with `exactOptionalPropertyTypes` an absent field is not an undefined one. */
function given<Fields extends Record<string, unknown>>(fields: Fields) {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };
}
