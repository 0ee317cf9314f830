/**
 * A client of one gateway over one connection.
 *
 * It does no I/O: it is given an open connection, a clock and a random source, so it runs in pages, on Node and in a
 * simulation alike. It does not reconnect; when the connection ends, every waiting call and subscription is told.
 */

import {
  bodyBytes,
  type ClientFrame,
  type Codec,
  codecFor,
  ERRORS,
  type ErrorCode,
  type ErrorFrameBody,
  type FrameBody,
  type GatewayFrame,
  type GoodbyeFrame,
  type JsonValue,
  type MessageFrame,
  type Position,
  PROTOCOL_VERSION,
  ProtocolError,
  payloadProblem,
  type ReadyFrame,
} from '@micro-socket/protocol';
import type { Clock, Connection, ConnectionHandler, Random, Timer } from '@micro-socket/transport';
import { ConnectionClosedError, ConnectTimeoutError, LaggedError } from './errors.ts';
import { newMessageId } from './message-id.ts';
import { Requests } from './requests.ts';
import { Subscription, type SubscriptionOptions } from './subscription.ts';

export interface ClientOptions {
  /** Proves who the client is; travels in setup, never in an address. */
  readonly token?: string;
  /** The program's own name and version, sent in setup. */
  readonly client?: { readonly name: string; readonly version: string };
  /** How long the gateway may take to answer setup, in milliseconds. Default 10 000. */
  readonly connectTimeoutMs?: number;
  /** Hears of errors that answer no call. Default: they are dropped. */
  readonly onError?: (error: Error) => void;
}

/** Where a published message stands, and whether this publish put it there. */
export interface PublishReceipt {
  readonly status: 'ok' | 'duplicate';
  readonly position: Position;
}

export interface PublishOptions {
  /** Made by the caller to be able to publish again after a lost connection. Default: a new ULID. */
  readonly messageId?: string;
}

/** How the connection ended. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
  /** What the gateway said before, if it said goodbye. */
  readonly goodbye: GoodbyeFrame | undefined;
}

export type ClientState = 'connecting' | 'ready' | 'closed';

type Answer = Exclude<GatewayFrame, { type: 'message' | 'ping' | 'goodbye' | 'error' | 'lagged' | 'ready' }>;

interface Wanted {
  readonly options: SubscriptionOptions;
  /** Set when `subscribed` has come. */
  subscription: Subscription | undefined;
}

export class Client implements ConnectionHandler {
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<Closed>;
  readonly #connection: Connection;
  readonly #codec: Codec;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #options: ClientOptions;
  readonly #requests = new Requests<Answer>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #topicByAlias = new Map<number, string>();
  /** What the program asked to receive, for topics whose `subscribed` has not come yet. */
  readonly #wanted = new Map<string, Wanted>();
  #opening: { resolve: (client: Client) => void; reject: (error: Error) => void } | undefined;
  #resolveClosed: (closed: Closed) => void = () => {};
  #state: ClientState = 'connecting';
  #ready: ReadyFrame | undefined;
  #goodbye: GoodbyeFrame | undefined;
  #heardAt = 0;
  #watchdog: Timer | undefined;

  constructor(connection: Connection, clock: Clock, random: Random, options: ClientOptions = {}) {
    this.#connection = connection;
    this.#codec = codecFor(connection.encoding);
    this.#clock = clock;
    this.#random = random;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    connection.start(this);
  }

  get state(): ClientState {
    return this.#state;
  }

  /** What the gateway said of itself: its limits, its durability, its dedup window. */
  get ready(): ReadyFrame {
    if (this.#ready === undefined) throw new ConnectionClosedError(1006, 'setup was not accepted');
    return this.#ready;
  }

  /** Sends setup and resolves when the gateway is ready. Rejects with what the gateway refused it for. */
  open(): Promise<Client> {
    const { token, client, connectTimeoutMs = 10_000 } = this.#options;
    if (this.#state === 'closed') return Promise.reject(new ConnectionClosedError(1006, 'it ended before setup'));
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(connectTimeoutMs, () =>
        this.#refuseOpening(new ConnectTimeoutError(connectTimeoutMs)),
      );
      const settled = <Value>(settle: (value: Value) => void) => {
        return (value: Value) => {
          timer.cancel();
          this.#opening = undefined;
          settle(value);
        };
      };
      this.#opening = { resolve: settled(resolve), reject: settled(reject) };
      this.#send({
        type: 'setup',
        protocol: PROTOCOL_VERSION,
        ...(token === undefined ? {} : { token }),
        ...(client === undefined ? {} : { client }),
      });
    });
  }

  /** Subscribes to a topic from its head on. Rejects with `ProtocolError` or `ConnectionClosedError`. */
  async subscribe(topic: string, options: SubscriptionOptions = {}): Promise<Subscription> {
    if (this.#wanted.has(topic) || this.#subscriptions.has(topic)) {
      throw new ProtocolError('ALREADY_SUBSCRIBED', `This client is subscribed to ${topic} already.`, { topic });
    }
    try {
      const wanted: Wanted = { options, subscription: undefined };
      this.#wanted.set(topic, wanted);
      await this.#ask((id) => ({ type: 'subscribe', id, topic }));
      // Kept by name, because it may have ended already when its answer is seen here.
      return wanted.subscription as Subscription;
    } finally {
      this.#wanted.delete(topic);
    }
  }

  /**
   * Publishes a message and resolves when the gateway has acknowledged it. Rejects with `ProtocolError` when it was
   * refused. After `ConnectionClosedError` nobody knows whether it was stored: publish again with the same messageId.
   */
  async publish(topic: string, payload: JsonValue, options: PublishOptions = {}): Promise<PublishReceipt> {
    const max = this.#ready?.limits.unacknowledgedPublishesMax ?? 0;
    if (this.#state === 'ready' && this.#requests.size >= max) {
      throw new ProtocolError('TOO_MANY_UNACKNOWLEDGED', `${max} requests wait for their answer; wait for some first.`);
    }
    const problem = payloadProblem(payload);
    if (problem !== undefined) throw new ProtocolError('INVALID_FIELD', `publish: payload ${problem}.`, { topic });
    const messageId = options.messageId ?? newMessageId(this.#clock, this.#random);
    const ack = await this.#ask((id) => ({ type: 'publish', id, topic, messageId, payload }));
    if (ack.type !== 'ack') throw new ProtocolError('INTERNAL', `A publish was answered with ${ack.type}.`);
    return { status: ack.status, position: { epoch: ack.epoch, seqNo: ack.seqNo, messageId } };
  }

  /** Ends the connection; resolves when it has ended. */
  async close(): Promise<void> {
    this.#connection.close(1000, '');
    await this.closed;
  }

  onFrame(body: FrameBody): void {
    this.#heardAt = this.#clock.now();
    let frame: GatewayFrame;
    try {
      frame = this.#codec.decode(body, 'gateway');
    } catch (error) {
      this.#options.onError?.(error as Error);
      return;
    }
    this.#take(frame);
  }

  onWritable(): void {}

  onClose(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#watchdog?.cancel();
    const error = new ConnectionClosedError(code, reason);
    this.#opening?.reject(error);
    this.#requests.rejectAll(error);
    for (const subscription of this.#subscriptions.values()) subscription.end(error);
    this.#subscriptions.clear();
    this.#resolveClosed({ code, reason, goodbye: this.#goodbye });
  }

  #take(frame: GatewayFrame): void {
    switch (frame.type) {
      case 'message':
        this.#deliver(frame);
        break;
      case 'ready':
        this.#ready = frame;
        this.#state = 'ready';
        this.#watch(frame.heartbeatMs);
        this.#opening?.resolve(this);
        break;
      case 'ping':
        this.#send({ type: 'pong', time: frame.time });
        break;
      case 'goodbye':
        this.#goodbye = frame;
        break;
      case 'error':
        this.#fail(frame);
        break;
      case 'lagged': {
        const { topic, fromSeqNo, toSeqNo, why } = frame;
        this.#endSubscription(topic, new LaggedError(topic, fromSeqNo, toSeqNo, why));
        break;
      }
      case 'subscribed':
        this.#begin(frame.topic, frame.alias, frame);
        this.#requests.take(frame.id)?.resolve(frame);
        break;
      case 'unsubscribed':
        this.#endSubscription(frame.topic, undefined);
        this.#requests.take(frame.id)?.resolve(frame);
        break;
      case 'ack':
        this.#requests.take(frame.id)?.resolve(frame);
        break;
    }
  }

  /**
   * Gives up a gateway that has said nothing for two heartbeats: a quiet client is pinged after one, and a busy one
   * gets answers. Without this a half-open link would leave every call waiting.
   */
  #watch(heartbeatMs: number): void {
    const silentMax = heartbeatMs * 2;
    const leftMs = this.#heardAt + silentMax - this.#clock.now();
    if (leftMs > 0) {
      this.#watchdog = this.#clock.after(leftMs, () => this.#watch(heartbeatMs));
      return;
    }
    this.onClose(1006, `the gateway was silent for ${silentMax} ms`);
    this.#connection.close(1000, '');
  }

  #deliver(frame: MessageFrame): void {
    const topic = frame.topic ?? this.#topicByAlias.get(frame.alias as number);
    if (topic !== undefined) this.#subscriptions.get(topic)?.receive(frame);
  }

  #begin(topic: string, alias: number, position: Position): void {
    const { epoch, seqNo, messageId } = position;
    const leave = async () => {
      try {
        await this.#ask((id) => ({ type: 'unsubscribe', id, topic }));
      } catch (error) {
        // It ended by itself in this very moment: what was asked for is done.
        if (!isOver(error)) throw error;
      }
    };
    const wanted = this.#wanted.get(topic);
    const subscription = new Subscription(topic, { epoch, seqNo, messageId }, wanted?.options ?? {}, leave);
    if (wanted !== undefined) wanted.subscription = subscription;
    this.#subscriptions.set(topic, subscription);
    this.#topicByAlias.set(alias, topic);
  }

  #endSubscription(topic: string, error: Error | undefined): void {
    this.#subscriptions.get(topic)?.end(error);
    this.#subscriptions.delete(topic);
    for (const [alias, of] of this.#topicByAlias) if (of === topic) this.#topicByAlias.delete(alias);
  }

  #fail({ id, code, message, retry, topic, afterMs }: ErrorFrameBody): void {
    const known: ErrorCode = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'INTERNAL';
    const error = new ProtocolError(known, message, { id, topic, afterMs, retry });
    const waiting = this.#requests.take(id);
    if (waiting !== undefined) waiting.reject(error);
    else if (this.#opening !== undefined) this.#refuseOpening(error);
    else this.#options.onError?.(error);
  }

  async #ask(request: (id: number) => ClientFrame): Promise<Answer> {
    if (this.#state !== 'ready') throw new ConnectionClosedError(1006, 'there is no connection');
    return this.#requests.ask((id) => this.#send(request(id)));
  }

  #send(frame: ClientFrame): void {
    const body = this.#codec.encode(frame);
    // A frame that is too large is not decoded by the gateway, so its error could not name the request.
    const bytesMax = this.#ready?.limits.frameBytesMax;
    if (bytesMax !== undefined && bodyBytes(body, bytesMax) > bytesMax) {
      throw new ProtocolError('FRAME_TOO_LARGE', `The frame has more than ${bytesMax} bytes (frameBytesMax).`);
    }
    this.#connection.send(body);
  }

  /** A client that was never ready is of no use to anyone, so its connection is not left open. */
  #refuseOpening(error: Error): void {
    this.#opening?.reject(error);
    this.#connection.close(1000, '');
  }
}

function isOver(error: unknown): boolean {
  return error instanceof ConnectionClosedError || (error instanceof ProtocolError && error.code === 'NOT_SUBSCRIBED');
}
