/**
 * One connection of a check: sends what it is told, good or bad, and keeps every frame that comes.
 *
 * It speaks through the Connection port and so over every transport. It is not the reference client, and it forgives
 * nothing: a frame that is not of the protocol, a MessagePack frame with an alias that nobody introduced, or more
 * frames than a check can mean to get, are violations, and fail whatever waits on the connection. Only what a client
 * must ignore is ignored: frames and fields that it does not know (§3.2).
 */

import {
  type AckFrame,
  type ClientFrame,
  type Codec,
  codecFor,
  type Encoding,
  type ErrorCode,
  type FrameBody,
  type GatewayFrame,
  type MessageFrame,
  ProtocolError,
  type ReadyFrame,
  type SubscribedFrame,
} from '@micro-socket/protocol';
import type { Connection } from '@micro-socket/transport';
import { same, show } from './expect.ts';
import type { FrameLog } from './frame-log.ts';
import { Mismatch } from './mismatch.ts';

export type FrameOf<Type extends GatewayFrame['type']> = Extract<GatewayFrame, { type: Type }>;

/** A frame of the client without the `id` that the peer gives it. */
export type RequestBody = ClientFrame extends infer Frame
  ? Frame extends { readonly id: number }
    ? Omit<Frame, 'id'>
    : never
  : never;

/** No check means to get more; a gateway that sends more is stopped here, so that memory stays bounded. */
const FRAMES_MAX = 50_000;

/** A code that says nothing to the gateway: what it must take for a lost link. */
const LOST_LINK = 3001;

/** One frame that came, and the bytes in which it came. */
export interface Arrival {
  readonly frame: GatewayFrame;
  readonly body: FrameBody;
}

export interface PeerOptions {
  /** Stands for the connection in reports: `A`, `B`. */
  readonly name: string;
  readonly connection: Connection;
  readonly patienceMs: number;
  readonly log: FrameLog;
  /** Whether pings are answered, as every client must. Default: yes. */
  readonly answersPing?: boolean;
}

interface Waiter {
  /** What it waits for, as a phrase. */
  readonly expected: string;
  readonly look: () => boolean;
  readonly fail: (failure: Mismatch) => void;
}

export class VerifyPeer {
  readonly name: string;
  /** Everything that has come, in order. Frames name their topic in both encodings. */
  readonly arrivals: Arrival[] = [];
  readonly #connection: Connection;
  readonly #codec: Codec;
  readonly #patienceMs: number;
  readonly #log: FrameLog;
  readonly #answersPing: boolean;
  readonly #topicByAlias = new Map<number, string>();
  readonly #answers = new Map<number, GatewayFrame[]>();
  readonly #messages = new Map<string, MessageFrame[]>();
  readonly #waiters = new Set<Waiter>();
  readonly #closeListeners: (() => void)[] = [];
  #nextId = 1;
  #ready: ReadyFrame | undefined;
  #closed: { readonly code: number; readonly reason: string } | undefined;
  #isDropped = false;
  #violation: Mismatch | undefined;

  constructor({ name, connection, patienceMs, log, answersPing = true }: PeerOptions) {
    this.name = name;
    this.#connection = connection;
    this.#codec = codecFor(connection.encoding);
    this.#patienceMs = patienceMs;
    this.#log = log;
    this.#answersPing = answersPing;
    connection.start({
      onFrame: (body) => this.#take(body),
      onWritable: () => {},
      onClose: (code, reason) => this.#end(code, reason),
    });
  }

  get encoding(): Encoding {
    return this.#connection.encoding;
  }

  /** What the gateway said of itself. Throws `Mismatch` before setup. */
  get ready(): ReadyFrame {
    if (this.#ready === undefined) throw new Mismatch('ready', 'nothing');
    return this.#ready;
  }

  /** What the gateway did against the protocol, whether or not somebody waited at that moment. */
  get violation(): Mismatch | undefined {
    return this.#violation;
  }

  /** Where the arrivals stand now; `frames` takes it to look only at what came later. */
  get mark(): number {
    return this.arrivals.length;
  }

  send(frame: ClientFrame): void {
    this.#log.sent(this.name, frame);
    this.#connection.send(this.#codec.encode(frame));
  }

  /** Sends something that is perhaps no frame at all. */
  sendBody(body: FrameBody): void {
    this.#log.sent(this.name, body);
    this.#connection.send(body);
  }

  /** An id that this connection has not used yet. */
  newId(): number {
    return this.#nextId++;
  }

  /** Sends setup and resolves with ready. */
  async setUp(fields: Omit<Extract<ClientFrame, { type: 'setup' }>, 'type' | 'protocol'> = {}): Promise<ReadyFrame> {
    const mark = this.mark;
    this.send({ type: 'setup', protocol: 1, ...fields });
    const [frame] = await this.untilFrames(['ready', 'error'], 1, { since: mark });
    return expectType(frame as GatewayFrame, 'ready');
  }

  /** Sends a request and resolves with the first frame that carries its id, an error included. */
  request(body: RequestBody): Promise<GatewayFrame> {
    const id = this.newId();
    this.send({ ...body, id } as ClientFrame);
    return this.answer(id, `an answer to ${body.type}`);
  }

  /** The first frame that carries this id. */
  answer(id: number, expected = `an answer with id ${id}`): Promise<GatewayFrame> {
    return this.until(expected, () => this.#answers.get(id)?.[0]);
  }

  /** Every frame so far that carries this id. */
  answersTo(id: number): readonly GatewayFrame[] {
    return this.#answers.get(id) ?? [];
  }

  /** Sends a request whose answer must be of this type. */
  async ask<Type extends GatewayFrame['type']>(body: RequestBody, type: Type): Promise<FrameOf<Type>> {
    return expectType(await this.request(body), type);
  }

  subscribe(topic: string, options: object = {}): Promise<SubscribedFrame> {
    return this.ask({ type: 'subscribe', topic, ...options }, 'subscribed');
  }

  publish(topic: string, messageId: string, payload: unknown, options: object = {}): Promise<AckFrame> {
    return this.ask({ type: 'publish', topic, messageId, payload, ...options }, 'ack');
  }

  /** Sends a request that must be refused with this code, and stay the only thing that is refused. */
  async refused(body: RequestBody, code: ErrorCode): Promise<FrameOf<'error'>> {
    return expectError(await this.request(body), code);
  }

  /** The messages of a topic so far. */
  messages(topic: string): readonly MessageFrame[] {
    return this.#messages.get(topic) ?? [];
  }

  /** Resolves with the messages of a topic once there are `count`. There may be more. */
  untilMessages(topic: string, count: number): Promise<readonly MessageFrame[]> {
    return this.until(
      `${count} messages of ${topic}`,
      () => (this.messages(topic).length < count ? undefined : this.messages(topic)),
      () => `${this.messages(topic).length} of them`,
    );
  }

  /** Frames of a type that have come, of one topic if it is named. */
  frames<Type extends GatewayFrame['type']>(
    type: Type,
    { topic, since = 0 }: { readonly topic?: string; readonly since?: number } = {},
  ): FrameOf<Type>[] {
    return this.#select([type], topic, since) as FrameOf<Type>[];
  }

  /** Resolves with the first `count` frames of these types, and of this topic if it is named. */
  untilFrames<Type extends GatewayFrame['type']>(
    types: readonly Type[],
    count: number,
    { topic, since = 0 }: { readonly topic?: string; readonly since?: number } = {},
  ): Promise<FrameOf<Type>[]> {
    const what = `${types.join(' or ')}${topic === undefined ? '' : ` of ${topic}`}`;
    return this.until(count === 1 ? what : `${count} of ${what}`, () => {
      const frames = this.#select(types, topic, since);
      return frames.length < count ? undefined : (frames.slice(0, count) as FrameOf<Type>[]);
    });
  }

  /** Resolves with the first frame of a type, and of this topic if it is named. */
  async first<Type extends GatewayFrame['type']>(
    type: Type,
    options: { readonly topic?: string; readonly since?: number } = {},
  ): Promise<FrameOf<Type>> {
    const [frame] = await this.untilFrames([type], 1, options);
    return frame as FrameOf<Type>;
  }

  /**
   * Resolves with what `find` finds, now or when a further frame has come. Rejects with `Mismatch` when it has found
   * nothing when patience ends, or when the connection does.
   */
  until<Value>(expected: string, find: () => Value | undefined, came = () => 'nothing'): Promise<Value> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        expected,
        look: () => {
          const value = find();
          if (value === undefined) return false;
          end();
          resolve(value);
          return true;
        },
        fail: (failure) => {
          end();
          reject(failure);
        },
      };
      const timer = setTimeout(
        () => waiter.fail(new Mismatch(expected, `${came()} in ${this.#patienceMs} ms`)),
        this.#patienceMs,
      );
      this.#waiters.add(waiter);
      if (waiter.look()) return;
      if (this.#violation !== undefined) waiter.fail(this.#violation);
      else if (this.#closed !== undefined) waiter.fail(new Mismatch(expected, closeText(this.#closed)));
    });
  }

  /**
   * Resolves when what the gateway sent before this call has come: it answers a request that changes nothing. This is
   * how a check finds that something does *not* come.
   */
  async barrier(): Promise<void> {
    expectError(await this.request({ type: 'unsubscribe', topic: 'verify.no.such.subscription' }), 'NOT_SUBSCRIBED');
  }

  /** Resolves when the gateway has closed the connection with this code. */
  async untilClosed(code: number): Promise<void> {
    const closed = await new Promise<{ readonly code: number } | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), this.#patienceMs);
      this.#onceClosed(() => {
        clearTimeout(timer);
        resolve(this.#closed);
      });
    });
    if (closed === undefined) throw new Mismatch(`the connection closed with ${code}`, 'it is still open');
    same('the connection closed with', closed.code, code);
  }

  /** Ends the connection without saying why, as a lost link does. What still comes is not looked at. */
  drop(): void {
    this.#isDropped = true;
    this.#connection.close(LOST_LINK, 'lost');
  }

  /** Ends the connection as a client does that is done, and resolves when it is closed. */
  async leave(): Promise<void> {
    this.#isDropped = true;
    const closed = new Promise<void>((resolve) => this.#onceClosed(resolve));
    this.#connection.close(1000, 'done');
    await closed;
  }

  #onceClosed(listener: () => void): void {
    if (this.#closed !== undefined) listener();
    else this.#closeListeners.push(listener);
  }

  #select(types: readonly string[], topic: string | undefined, since: number): GatewayFrame[] {
    const frames: GatewayFrame[] = [];
    for (let index = since; index < this.arrivals.length; index++) {
      const { frame } = this.arrivals[index] as Arrival;
      const isOfTopic = topic === undefined || ('topic' in frame && frame.topic === topic);
      if (isOfTopic && types.includes(frame.type)) frames.push(frame);
    }
    return frames;
  }

  #take(body: FrameBody): void {
    if (this.#isDropped || this.#violation !== undefined) return;
    let frame: GatewayFrame;
    try {
      frame = this.#named(this.#codec.decode(body, 'gateway'));
    } catch (error) {
      this.#log.came(this.name, body);
      // A client ignores frames that it does not know: §3.2.
      if (error instanceof ProtocolError && error.code === 'UNKNOWN_TYPE') return;
      this.#violate('frames of the protocol', `${(error as Error).message} ${show(body)}`);
      return;
    }
    this.#log.came(this.name, frame);
    this.arrivals.push({ frame, body });
    if (this.arrivals.length > FRAMES_MAX) this.#violate(`at most ${FRAMES_MAX} frames`, 'more');
    this.#file(frame);
    if (frame.type === 'ping' && this.#answersPing) this.send({ type: 'pong', time: frame.time });
    for (const waiter of [...this.#waiters]) waiter.look();
  }

  #file(frame: GatewayFrame): void {
    if (frame.type === 'ready') this.#ready = frame;
    if ('id' in frame && frame.id !== undefined) push(this.#answers, frame.id, frame);
    if (frame.type === 'message') push(this.#messages, frame.topic as string, frame);
  }

  /** MessagePack carries the alias in the shared frames; checks ask by topic. */
  #named(frame: GatewayFrame): GatewayFrame {
    if (frame.type === 'subscribed') this.#topicByAlias.set(frame.alias, frame.topic);
    if (this.encoding === 'json' || !('alias' in frame) || frame.type === 'subscribed') return frame;
    const topic = this.#topicByAlias.get(frame.alias as number);
    if (topic === undefined) throw new Error(`The alias ${frame.alias} was never introduced on this connection.`);
    return { ...frame, topic };
  }

  #violate(expected: string, came: string): void {
    this.#violation ??= new Mismatch(expected, came);
    for (const waiter of [...this.#waiters]) waiter.fail(this.#violation);
  }

  #end(code: number, reason: string): void {
    this.#closed = { code, reason };
    this.#log.closed(this.name, code, reason);
    for (const listener of this.#closeListeners.splice(0)) listener();
    for (const waiter of [...this.#waiters]) {
      waiter.fail(new Mismatch(waiter.expected, closeText(this.#closed)));
    }
  }
}

function push<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function closeText({ code, reason }: { readonly code: number; readonly reason: string }): string {
  return `the connection was closed with ${code}${reason === '' ? '' : ` (${reason})`}`;
}

/** The frame as one of this type; fails with what it was instead. */
export function expectType<Type extends GatewayFrame['type']>(frame: GatewayFrame, type: Type): FrameOf<Type> {
  if (frame.type === type) return frame as FrameOf<Type>;
  throw new Mismatch(type, show(frame));
}

/** The frame as an error with this code; fails with what it was instead. */
export function expectError(frame: GatewayFrame, code: ErrorCode): FrameOf<'error'> {
  if (frame.type === 'error' && frame.code === code) return frame;
  throw new Mismatch(`error ${code}`, show(frame));
}
