/**
 * A client of one gateway, over one connection after another.
 *
 * It does no I/O: it is given a way to dial, a clock and a random source, so it runs in pages, on Node and in a
 * simulation alike. This file joins its parts: `connector.ts` makes connections, `feed.ts` is one subscription,
 * `publisher.ts` sends publishes, `presence.ts` and `token.ts` keep presence and token up to date. Each frame of the
 * gateway is given to the part that it is for.
 */

import {
  bodyBytes,
  type ClientFrame,
  type ErrorFrameBody,
  type FrameBody,
  type GatewayFrame,
  isTopic,
  type JsonValue,
  type LiveFrame,
  ProtocolError,
  type PublishFrame,
  type ReadyFrame,
  type SubscribedFrame,
  type SubscriptionRequest,
} from '@micro-socket/protocol';
import { boundOf } from './bound.ts';
import { type ClientOptions, publisherSettings, reconnectSettings } from './client-options.ts';
import { type ClientPorts, type Closed, Connector, type ConnectorHost, type Established } from './connector.ts';
import { type ClientStats, newCounters } from './counters.ts';
import { ConnectionClosedError, RequestsFullError } from './errors.ts';
import { Feed, type FeedHost } from './feed.ts';
import { Feeds } from './feeds.ts';
import type { Link } from './link.ts';
import { newMessageId } from './message-id.ts';
import { type Page, type ReadFrom, Reading, type ReadOptions, readFrom } from './page.ts';
import { type Presence, type PresenceHost, Presences } from './presence.ts';
import { callProgram } from './program-call.ts';
import { errorOf } from './protocol-error.ts';
import { type PublishOptions, publishFrame } from './publish-frame.ts';
import { Publisher, type PublishReceipt } from './publisher.ts';
import { ReplayDesk } from './replay-desk.ts';
import { Requests } from './requests.ts';
import type { ClientState, ClientStatus } from './status.ts';
import type { Subscription } from './subscription.ts';
import type { SubscriptionOptions } from './subscription-options.ts';
import { TokenRenewal, type TokenSource } from './token.ts';

/** How many reads may wait for their answers. */
const READINGS_MAX = 10_000;

export class Client {
  /** Resolves when the client is closed and its connection has ended, whoever ended it. */
  readonly closed: Promise<Closed>;
  readonly #ports: ClientPorts;
  readonly #options: ClientOptions;
  readonly #connector: Connector;
  readonly #requests = new Requests<GatewayFrame>();
  readonly #readings = new Map<number, Reading>();
  readonly #feeds = new Feeds();
  readonly #feedHost: FeedHost;
  readonly #publisher: Publisher;
  readonly #replays: ReplayDesk;
  readonly #presences: Presences;
  readonly #counters = newCounters();
  readonly #stateListeners = new Set<(status: ClientStatus) => void>();
  #token: TokenSource | undefined;
  #tokenRenewal: TokenRenewal | undefined;
  #opening: { resolve: (client: Client) => void; reject: (error: Error) => void } | undefined;
  /** What the setup under way asks for. */
  #resuming: readonly Feed[] = [];
  /** The link that is up, or was up last: what is published meanwhile is encoded as it does. */
  #link: Link | undefined;

  /** Throws `RangeError` for an option that is no usable bound. */
  constructor(ports: ClientPorts, options: ClientOptions = {}) {
    const { clock, random } = ports;
    const counters = this.#counters;
    const reconnect = reconnectSettings(options);
    this.#ports = ports;
    this.#options = options;
    this.#token = options.token;
    if (options.onState !== undefined) this.#stateListeners.add(options.onState);
    this.#publisher = new Publisher(clock, random, publisherSettings(options), counters);
    this.#replays = new ReplayDesk({
      clock,
      random,
      counters,
      ask: async (request) => (await this.#ask((id) => ({ type: 'replay', id, ...request }))) as LiveFrame,
    });
    this.#presences = new Presences(this.#presenceHost());
    this.#feedHost = {
      clock,
      random,
      counters,
      recovers: reconnect !== undefined,
      ask: (request) => this.#ask(request),
      tell: (frame) => this.#connector.link?.send(frame),
      replay: (request, onSent) => this.#replays.replay(request, onSent),
      onError: (error) => this.#report(error),
      onEnded: (feed) => this.#feeds.remove(feed),
    };
    const settings = {
      token: () => this.#nextToken(),
      tokenChanges: typeof options.token === 'function',
      client: options.client,
      connectTimeoutMs: boundOf('connectTimeoutMs', options.connectTimeoutMs, 10_000),
      reconnect,
    };
    this.#connector = new Connector(ports, settings, this.#connectorHost());
    this.closed = this.#connector.closed;
  }

  get state(): ClientState {
    return this.#connector.status.state;
  }

  /** The state, with the attempt that is under way or waited for, and why there is no connection. */
  get status(): ClientStatus {
    return this.#connector.status;
  }

  /** What the gateway last said of itself: its limits, its durability, its dedup window. */
  get ready(): ReadyFrame {
    const { ready } = this.#connector;
    if (ready === undefined) throw new ConnectionClosedError(1006, 'setup was not accepted');
    return ready;
  }

  /** Calls `listener` whenever the connection's state changes. The function that it gives back ends that. */
  onState(listener: (status: ClientStatus) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /** What has happened so far, in numbers. */
  stats(): ClientStats {
    return { ...this.#counters };
  }

  /** Connects, and resolves when the gateway is ready. Rejects with why it could not be made so. Called once. */
  open(): Promise<Client> {
    if (this.#opening !== undefined || this.#connector.wasOpened) {
      return Promise.reject(new Error('A client is opened once; make a new one to connect again.'));
    }
    return new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
      this.#connector.open();
    });
  }

  /**
   * Subscribes to a topic and resolves when the gateway has accepted that. Rejects with `ProtocolError` when it was
   * refused, with `RangeError` for an option that is no usable bound, and with `ConnectionClosedError`.
   */
  async subscribe(topic: string, options: SubscriptionOptions = {}): Promise<Subscription> {
    this.#mustNotBeClosed();
    if (!isTopic(topic)) {
      throw new ProtocolError('INVALID_FIELD', `subscribe: ${JSON.stringify(topic)} is no topic (§2.1).`);
    }
    if (this.#feeds.has(topic)) {
      throw new ProtocolError('ALREADY_SUBSCRIBED', `This client is subscribed to ${topic} already.`, { topic });
    }
    const { topicsPerConnectionMax } = this.ready.limits;
    if (this.#feeds.size >= topicsPerConnectionMax) {
      const message = `This client has ${topicsPerConnectionMax} subscriptions (topicsPerConnectionMax).`;
      throw new ProtocolError('TOPIC_LIMIT', message, { topic });
    }
    const feed = new Feed(topic, options, this.#feedHost);
    this.#feeds.add(feed);
    if (this.state === 'ready') feed.ask();
    return feed.opened;
  }

  /**
   * Publishes a message and resolves when the gateway has acknowledged it, over lost connections if need be. Rejects
   * with `ProtocolError` when it was refused for good, `PublishTimeoutError`, `PublishQueueFullError`, and
   * `ConnectionClosedError` when there is no connection and there will be none.
   */
  async publish(topic: string, payload: JsonValue, options: PublishOptions = {}): Promise<PublishReceipt> {
    this.#mustNotBeClosed();
    const messageId = options.messageId ?? newMessageId(this.#ports.clock, this.#ports.random);
    const id = this.#requests.newId();
    const body = this.#encoded(publishFrame({ id, topic, messageId, payload, options }));
    return this.#publisher.publish({ id, messageId, body });
  }

  /**
   * Reads a part of what a topic holds, once; it need not be subscribed to (§4.12). Rejects with `ProtocolError`, and with
   * `ConnectionClosedError` while there is no connection or when it is lost before the answer.
   */
  async read(topic: string, from: ReadFrom, { limit }: ReadOptions = {}): Promise<Page> {
    const { link } = this.#connector;
    if (link === undefined) throw new ConnectionClosedError(1006, 'there is no connection');
    if (this.#readings.size >= READINGS_MAX) throw new RequestsFullError(READINGS_MAX);
    const id = this.#requests.newId();
    return new Promise((resolve, reject) => {
      this.#readings.set(id, new Reading(resolve, reject));
      const asked = limit === undefined ? {} : { limit };
      try {
        link.send({ type: 'read', id, topic, from: readFrom(from), ...asked });
      } catch (error) {
        this.#readings.delete(id);
        reject(error);
      }
    });
  }

  /** Where this client's session is present in a topic (§4.8). */
  presence(topic: string): Presence {
    return this.#presences.in(topic);
  }

  /**
   * Gives the gateway a new token (§4.9), which also counts for later connections where the client was given a token
   * and no function. Resolves with the moment at which it expires, if it does. Rejects with `ProtocolError` AUTH_FAILED,
   * and then the old one stays, and with `ConnectionClosedError` while there is no connection.
   */
  async refresh(token: string): Promise<number | undefined> {
    const answer = await this.#ask((id) => ({ type: 'refresh', id, token }));
    if (typeof this.#token !== 'function') this.#token = token;
    return answer.type === 'refreshed' ? answer.expiresAt : undefined;
  }

  /**
   * Ends the connection and the client; resolves when the connection has ended. What waits is not waited for: calls
   * reject with `ConnectionClosedError`, and subscriptions end.
   */
  async close(): Promise<void> {
    this.#connector.close();
    await this.closed;
  }

  #connectorHost(): ConnectorHost {
    return {
      subscriptions: () => this.#subscriptionsToResume(),
      onReady: (established) => this.#onReady(established),
      onFrame: (frame) => this.#take(frame),
      onUnreadable: (error) => this.#report(error),
      onWritable: () => this.#publisher.onWritable(),
      onLost: (error) => this.#onLost(error),
      onClosed: (error) => this.#onClosed(error),
      onStatus: (status) => {
        for (const listener of [...this.#stateListeners]) callProgram(this.#ports.clock, listener, status);
      },
    };
  }

  #presenceHost(): PresenceHost {
    const state = () => this.state;
    return {
      get state() {
        const now = state();
        return now === 'reconnecting' ? 'waiting' : now === 'ready' ? 'ready' : 'closed';
      },
      ask: (request) => this.#ask(request),
      onError: (error) => this.#report(error),
    };
  }

  #subscriptionsToResume(): readonly SubscriptionRequest[] {
    this.#resuming = this.#feeds.all.filter(({ wasLive }) => wasLive);
    return this.#resuming.map((feed) => feed.request());
  }

  #onReady({ link, ready, resumed, again, resuming }: Established): void {
    const silentMs = this.#link === undefined ? 0 : this.#ports.clock.now() - this.#link.heardAt;
    this.#link = link;
    if (again) this.#counters.reconnects += 1;
    if (resumed) this.#counters.resumed += 1;
    for (const feed of this.#resuming) {
      if (!resuming.has(feed.topic)) continue;
      if (this.#feeds.get(feed.topic) === feed) feed.askedBySetup();
      else this.#unsubscribe(feed.topic);
    }
    this.#resuming = [];
    for (const feed of this.#feeds.all) feed.ask();
    this.#presences.attach(!resumed, silentMs);
    this.#publisher.attach(link, ready);
    this.#renewToken(ready);
    this.#opening?.resolve(this);
    this.#opening = undefined;
  }

  #onLost(error: Error): void {
    this.#tokenRenewal?.stop();
    this.#publisher.detach();
    this.#feeds.forgetAliases();
    for (const feed of this.#feeds.all) feed.detach();
    this.#replays.reset(error);
    this.#failReadings(error);
    this.#requests.rejectAll(error);
  }

  #onClosed(error: Error | undefined): void {
    const reason = error ?? new ConnectionClosedError(1000, 'the client was closed');
    this.#tokenRenewal?.stop();
    this.#publisher.end(reason);
    for (const feed of this.#feeds.all) feed.end(error);
    this.#replays.reset(reason);
    this.#presences.end(reason);
    this.#failReadings(reason);
    this.#requests.rejectAll(reason);
    this.#opening?.reject(reason);
    this.#opening = undefined;
  }

  #take(frame: GatewayFrame): void {
    switch (frame.type) {
      case 'message':
        this.#feeds.of(frame)?.message(frame);
        break;
      case 'snapshot':
        this.#feeds.of(frame)?.snapshot(frame);
        break;
      case 'head':
        this.#feeds.of(frame)?.head(frame);
        break;
      case 'health':
        this.#feeds.of(frame)?.healthIs(frame);
        break;
      case 'lagged':
        this.#feeds.get(frame.topic)?.lagged(frame);
        break;
      case 'live':
        if (frame.id === undefined) this.#feeds.get(frame.topic)?.live(frame);
        else this.#requests.take(frame.id)?.resolve(frame);
        break;
      case 'subscribed':
        this.#begin(frame);
        this.#requests.take(frame.id)?.resolve(frame);
        break;
      case 'unsubscribed':
        this.#feeds.get(frame.topic)?.unsubscribed(frame);
        this.#requests.take(frame.id)?.resolve(frame);
        break;
      case 'ack':
        if (!this.#publisher.onAck(frame)) this.#requests.take(frame.id)?.resolve(frame);
        break;
      case 'page':
        if (this.#readings.get(frame.id)?.take(frame) === true) this.#readings.delete(frame.id);
        break;
      case 'error':
        this.#fail(frame);
        break;
      case 'refreshed':
      case 'modified':
      case 'resumed':
        this.#requests.take(frame.id)?.resolve(frame);
        break;
    }
  }

  #begin(subscribed: SubscribedFrame): void {
    const feed = this.#feeds.get(subscribed.topic);
    if (feed?.begin(subscribed)) this.#feeds.nameAlias(subscribed.alias, feed);
  }

  #fail(frame: ErrorFrameBody): void {
    const error = errorOf(frame);
    if (this.#publisher.onRefused(frame.id, error)) return;
    if (this.#failReading(frame.id, error)) return;
    const waiting = this.#requests.take(frame.id);
    if (waiting !== undefined) waiting.reject(error);
    else if (frame.id !== undefined || !this.#refusedBySetup(frame.topic, error)) this.#report(error);
  }

  #failReading(id: number | undefined, error: ProtocolError): boolean {
    const reading = id === undefined ? undefined : this.#readings.get(id);
    if (id === undefined || reading === undefined) return false;
    this.#readings.delete(id);
    reading.fail(error);
    return true;
  }

  #failReadings(error: Error): void {
    const readings = [...this.#readings.values()];
    this.#readings.clear();
    for (const reading of readings) reading.fail(error);
  }

  #refusedBySetup(topic: string | undefined, error: ProtocolError): boolean {
    return topic !== undefined && this.#feeds.get(topic)?.refusedBySetup(error) === true;
  }

  /** Ends a subscription that nobody wants any more. */
  #unsubscribe(topic: string): void {
    this.#ask((id) => ({ type: 'unsubscribe', id, topic })).catch(() => {});
  }

  async #ask(request: (id: number) => ClientFrame): Promise<GatewayFrame> {
    const { link } = this.#connector;
    if (link === undefined) throw new ConnectionClosedError(1006, 'there is no connection');
    return this.#requests.ask((id) => link.send(request(id)));
  }

  /** Encodes a publish, so that the payload may change afterwards. Throws `ProtocolError` FRAME_TOO_LARGE. */
  #encoded(frame: PublishFrame): FrameBody {
    if (this.#link === undefined) throw new ConnectionClosedError(1006, 'there is no connection');
    const body = this.#link.encode(frame);
    const { frameBytesMax } = this.ready.limits;
    if (bodyBytes(body, frameBytesMax) <= frameBytesMax) return body;
    const message = `The frame has more than ${frameBytesMax} bytes (frameBytesMax).`;
    throw new ProtocolError('FRAME_TOO_LARGE', message, { topic: frame.topic });
  }

  async #nextToken(): Promise<string | undefined> {
    return typeof this.#token === 'function' ? this.#token() : this.#token;
  }

  #renewToken({ time, expiresAt }: ReadyFrame): void {
    const token = this.#token;
    if (typeof token !== 'function') return;
    const ports = {
      clock: this.#ports.clock,
      random: this.#ports.random,
      renew: async () => this.refresh(await token()),
      onError: (error: Error) => this.#report(error),
    };
    this.#tokenRenewal = new TokenRenewal(ports, time, expiresAt);
  }

  /** There is a connection, or there will be one again. */
  #mustNotBeClosed(): void {
    if (this.state === 'ready' || this.state === 'reconnecting') return;
    throw new ConnectionClosedError(1006, 'there is no connection');
  }

  #report(error: Error): void {
    callProgram(this.#ports.clock, this.#options.onError, error);
  }
}
