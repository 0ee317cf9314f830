/**
 * A bare protocol client for tests: it sends what it is told, good or bad, and shows every frame that comes.
 *
 * It is not the reference client, so that a mistake of that one cannot hide a mistake of the gateway. Frames that come
 * are checked against the schemas of the protocol.
 */

import {
  codecFor,
  type Encoding,
  type Frame,
  type FrameBody,
  type GatewayFrame,
  subprotocolOf,
} from '@micro-socket/protocol';
import { type RawData, WebSocket } from 'ws';

export type FrameOf<Type extends GatewayFrame['type']> = Extract<GatewayFrame, { type: Type }>;

/** Sees everything that passes a probe, before anybody who waits for it does. */
export interface ProbeObserver {
  /** Any WebSocket message, good or bad. */
  sent(body: FrameBody): void;
  /** Messages name their topic in both encodings. */
  came(frame: GatewayFrame): void;
  stoppedReading(): void;
  startedReading(): void;
  /** The probe cuts the connection. */
  cut(): void;
  /** The connection is over, however it ended. */
  closed(): void;
}

export interface ProbeOptions {
  readonly encoding: Encoding;
  readonly token?: string | undefined;
  /** Topics named in setup. */
  readonly topics?: readonly string[];
  /** False leaves setup to the test. */
  readonly setup?: boolean;
  readonly origin?: string;
  /** True leaves pings unanswered. */
  readonly silent?: boolean;
  readonly observer?: ProbeObserver;
}

interface Waiter {
  readonly accepts: (frame: GatewayFrame) => boolean;
  readonly resolve: (frame: GatewayFrame) => void;
  readonly reject: (error: Error) => void;
}

export class Probe {
  /** Every frame that has come, in order. Messages name their topic in both encodings. */
  readonly frames: GatewayFrame[] = [];
  /** How the connection ended. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #encoding: Encoding;
  readonly #socket: WebSocket;
  readonly #silent: boolean;
  readonly #observer: ProbeObserver | undefined;
  readonly #topicByAlias = new Map<number, string>();
  readonly #waiters = new Set<Waiter>();
  #nextId = 1_000;
  #failure: Error | undefined;

  private constructor(socket: WebSocket, { encoding, silent = false, observer }: ProbeOptions) {
    this.#socket = socket;
    this.#encoding = encoding;
    this.#silent = silent;
    this.#observer = observer;
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        observer?.closed();
        this.#rejectAll(new Error(`The gateway closed the connection: ${code} ${reason}`));
        resolve({ code, reason: reason.toString() });
      });
    });
    socket.on('message', (data) => this.#take(data));
    socket.on('error', () => {});
  }

  /** Connects and, unless told otherwise, sends setup and waits for ready. Rejects when the upgrade is refused. */
  static async connect(address: string, options: ProbeOptions): Promise<Probe> {
    const headers = options.origin === undefined ? {} : { origin: options.origin };
    const socket = new WebSocket(address, [subprotocolOf(options.encoding)], { perMessageDeflate: false, headers });
    const probe = new Probe(socket, options);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    if (options.setup !== false) await probe.setUp(options.token, options.topics);
    return probe;
  }

  async setUp(token?: string, topics?: readonly string[]): Promise<FrameOf<'ready'>> {
    const ready = this.next('ready');
    this.send({
      type: 'setup',
      protocol: 1,
      ...(token === undefined ? {} : { token }),
      ...(topics === undefined ? {} : { topics: [...topics] }),
    });
    return ready;
  }

  send(frame: Frame): void {
    this.sendRaw(codecFor(this.#encoding).encode(frame));
  }

  /** Sends anything at all as one WebSocket message: text as text, bytes as binary. */
  sendRaw(data: FrameBody): void {
    this.#observer?.sent(data);
    this.#socket.send(data);
  }

  /** Sends a frame with a new id and resolves with its answer, an error included. */
  request(frame: { type: 'subscribe' | 'unsubscribe'; topic: string }): Promise<GatewayFrame>;
  request(frame: { type: 'publish'; topic: string; messageId: string; payload: unknown }): Promise<GatewayFrame>;
  request(frame: object): Promise<GatewayFrame> {
    const id = this.#nextId++;
    const answer = this.#when((came) => 'id' in came && came.id === id);
    this.send({ ...frame, id } as Frame);
    return answer;
  }

  /** Subscribes and resolves with `subscribed`. Rejects when it was refused. */
  async subscribe(topic: string): Promise<FrameOf<'subscribed'>> {
    return expectType(await this.request({ type: 'subscribe', topic }), 'subscribed');
  }

  /** Publishes and resolves with `ack`. Rejects when it was refused. */
  async publish(topic: string, messageId: string, payload: unknown): Promise<FrameOf<'ack'>> {
    return expectType(await this.request({ type: 'publish', topic, messageId, payload }), 'ack');
  }

  /** The next frame of a type to come from now on. */
  async next<Type extends GatewayFrame['type']>(type: Type): Promise<FrameOf<Type>> {
    return expectType(await this.#when((frame) => frame.type === type), type);
  }

  /** The messages of a topic so far. */
  messages(topic: string): FrameOf<'message'>[] {
    return this.frames.filter(
      (frame): frame is FrameOf<'message'> => frame.type === 'message' && frame.topic === topic,
    );
  }

  /** Resolves when the topic has brought `count` messages in all. */
  async untilMessages(topic: string, count: number): Promise<FrameOf<'message'>[]> {
    while (this.messages(topic).length < count) {
      await this.#when((frame) => frame.type === 'message' && frame.topic === topic);
    }
    return this.messages(topic);
  }

  /**
   * Resolves when everything that the gateway sent before this call has come: the answer to a request that changes
   * nothing cannot overtake what was sent before it.
   */
  async barrier(): Promise<void> {
    await this.request({ type: 'unsubscribe', topic: 'no.such.subscription' });
  }

  /** Stops reading from the socket, so that the gateway's side fills up. */
  stopReading(): void {
    this.#observer?.stoppedReading();
    this.#socket.pause();
  }

  startReading(): void {
    this.#observer?.startedReading();
    this.#socket.resume();
  }

  /** Cuts the connection without a close frame, as a lost link does. */
  cut(): void {
    this.#observer?.cut();
    this.#socket.terminate();
  }

  async close(): Promise<void> {
    this.startReading();
    this.#socket.close(1000);
    if (this.#socket.readyState !== WebSocket.CLOSED) await this.closed;
  }

  /** What the gateway did against the protocol on this connection, whether or not somebody waited at that moment. */
  get violation(): Error | undefined {
    return this.#failure instanceof ProtocolViolation ? this.#failure : undefined;
  }

  #when(accepts: (frame: GatewayFrame) => boolean): Promise<GatewayFrame> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const came = new Promise<GatewayFrame>((resolve, reject) => {
      this.#waiters.add({ accepts, resolve, reject });
    });
    // Who waits later hears of it then; until that it must not end the process.
    came.catch(() => {});
    return came;
  }

  #take(data: RawData): void {
    const body = this.#encoding === 'json' ? data.toString() : new Uint8Array(data as Buffer);
    let frame: GatewayFrame;
    try {
      frame = this.#named(codecFor(this.#encoding).decode(body, 'gateway'));
    } catch (error) {
      this.#rejectAll(new ProtocolViolation((error as Error).message));
      return;
    }
    this.frames.push(frame);
    this.#observer?.came(frame);
    if (frame.type === 'ping' && !this.#silent) this.send({ type: 'pong', time: frame.time });
    for (const waiter of this.#waiters) {
      if (!waiter.accepts(frame)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(frame);
    }
  }

  /** MessagePack messages carry the alias; the tests ask by topic. */
  #named(frame: GatewayFrame): GatewayFrame {
    if (frame.type === 'subscribed') this.#topicByAlias.set(frame.alias, frame.topic);
    if (frame.type !== 'message' || frame.alias === undefined) return frame;
    const topic = this.#topicByAlias.get(frame.alias);
    if (topic === undefined) throw new Error(`The alias ${frame.alias} was never introduced.`);
    return { ...frame, topic };
  }

  #rejectAll(error: Error): void {
    if (!(this.#failure instanceof ProtocolViolation)) this.#failure = error;
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const { reject } of waiters) reject(error);
  }
}

class ProtocolViolation extends Error {
  readonly code = 'PROTOCOL_VIOLATION';

  constructor(problem: string) {
    super(`The gateway sent a frame outside the protocol: ${problem}`);
  }
}

function expectType<Type extends GatewayFrame['type']>(frame: GatewayFrame, type: Type): FrameOf<Type> {
  if (frame.type === type) return frame as FrameOf<Type>;
  throw new Error(`Expected ${type}, but the gateway answered ${JSON.stringify(frame)}.`);
}
