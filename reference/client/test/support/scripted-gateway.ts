/** The gateway's ends of a client's connections in the test's hand: it sees every frame and says what the test says. */

import {
  type ClientFrame,
  codecFor,
  type Encoding,
  type FrameBody,
  type GatewayFrame,
  type MessageFrame,
  type ReadyFrame,
  type SubscribedFrame,
} from '@micro-socket/protocol';
import {
  type Connection,
  type ConnectionHandler,
  type InprocEnd,
  inprocPair,
  type Random,
} from '@micro-socket/transport';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import { Client, type ClientOptions, type Subscription, type SubscriptionOptions } from '../../src/index.ts';
import { settled } from './settled.ts';

export const READY: ReadyFrame = {
  type: 'ready',
  sessionId: 's1',
  gateway: 'scripted',
  time: 1,
  heartbeatMs: 25_000,
  limits: { frameBytesMax: 1_000, topicsPerConnectionMax: 10, unacknowledgedPublishesMax: 2 },
  durability: 'memory',
  retention: { messagesMax: 5 },
  dedupWindowMs: 120_000,
  resumeKey: 'k1',
};

/** The frame of a client that has all of these types' fields. */
export type Received = ClientFrame & { id: number; topic: string };

/** One connection, at the gateway's end. */
export class ScriptedLink implements ConnectionHandler {
  readonly received: Received[] = [];
  readonly closes: number[] = [];
  readonly #end: InprocEnd;

  constructor(end: InprocEnd) {
    this.#end = end;
    end.start(this);
  }

  onFrame(body: FrameBody): void {
    this.received.push(codecFor(this.#end.encoding).decode(body, 'client') as Received);
  }

  onWritable(): void {}

  onClose(code: number): void {
    this.closes.push(code);
  }

  sendBody(body: FrameBody): void {
    this.#end.send(body);
  }

  close(code: number, reason: string): void {
    this.#end.close(code, reason);
  }

  /** Stops and starts the gateway's reading. */
  pause(): void {
    this.#end.pauseReading();
  }

  resume(): void {
    this.#end.resumeReading();
  }
}

export interface ScriptedOptions extends ClientOptions {
  readonly encoding?: Encoding;
  readonly random?: Random;
}

export class ScriptedGateway {
  readonly clock = new ManualClock();
  readonly client: Client;
  readonly encoding: Encoding;
  /** Every connection that was dialled, oldest first. */
  readonly links: ScriptedLink[] = [];
  /** What the next dials are answered with: a connection, an error, or nothing at all. */
  dials: 'accept' | 'hang' | Error = 'accept';
  /** Dials so far, refused ones included. */
  dialCount = 0;
  #alias = 0;
  #hanging: ((connection: Connection) => void)[] = [];

  constructor({ encoding = 'json', random = seededRandom(3), ...options }: ScriptedOptions = {}) {
    this.encoding = encoding;
    this.client = new Client({ dial: () => this.#dial(), clock: this.clock, random }, options);
  }

  /** A scripted gateway whose client is ready. */
  static async ready(options: ScriptedOptions = {}): Promise<ScriptedGateway> {
    const gateway = new ScriptedGateway(options);
    const opening = gateway.client.open();
    await gateway.accept();
    await settled(gateway, opening);
    return gateway;
  }

  /** Answers the setup that has come, or comes now, on the newest connection. */
  async accept(changes: Partial<ReadyFrame> = {}): Promise<void> {
    await this.settle();
    this.send({ ...READY, ...changes });
    await this.settle();
  }

  /** Cuts the link without a word, lets the client wait and dial, and leaves its setup unanswered. */
  async cut(code = 1006): Promise<void> {
    this.close(code);
    await this.settle();
    await this.redialled();
  }

  /** Lets the client wait until it has dialled once more. */
  async redialled(): Promise<void> {
    const before = this.dialCount;
    for (let waits = 0; this.dialCount === before; waits++) {
      if (waits > 10_000) throw new Error('The client does not dial.');
      await this.clock.advance(100);
    }
  }

  get link(): ScriptedLink {
    const link = this.links.at(-1);
    if (link === undefined) throw new Error('Nobody has dialled.');
    return link;
  }

  /** What the client has sent on the newest connection. */
  get received(): Received[] {
    return this.link.received;
  }

  /** The newest frame of the client. */
  get request(): Received {
    return this.received.at(-1) as Received;
  }

  /** The frames of one type on the newest connection. */
  sent<Type extends ClientFrame['type']>(type: Type): Extract<ClientFrame, { type: Type }>[] {
    return this.received.filter((frame) => frame.type === type) as never;
  }

  /** The id of the newest request of one type, or of another one by its place. */
  idOf(type: 'subscribe' | 'unsubscribe' | 'replay' | 'publish' | 'presence' | 'refresh', at = -1): number {
    const request = this.sent(type).at(at);
    if (request === undefined) throw new Error(`There is no ${type} at ${at}.`);
    return request.id;
  }

  send(frame: GatewayFrame): void {
    this.sendBody(codecFor(this.encoding).encode(frame));
  }

  sendBody(body: FrameBody): void {
    this.link.sendBody(body);
  }

  close(code: number, reason = ''): void {
    this.link.close(code, reason);
  }

  settle(): Promise<void> {
    return this.clock.settle();
  }

  /** A subscription of the client that begins at a seqNo. */
  async subscribed(
    topic: string,
    seqNo: number,
    options: SubscriptionOptions = {},
    answer: Partial<SubscribedFrame> = {},
  ): Promise<Subscription> {
    const subscribing = this.client.subscribe(topic, options);
    await this.settle();
    this.begin(topic, seqNo, { id: this.request.id, ...answer });
    return settled(this, subscribing);
  }

  /** Says that a subscription begins at a seqNo. */
  begin(topic: string, seqNo: number, answer: Partial<SubscribedFrame> = {}): void {
    this.#alias += 1;
    this.send({
      type: 'subscribed',
      topic,
      alias: this.#alias,
      epoch: 'e',
      seqNo,
      ...(seqNo === 0 ? {} : { messageId: `m${seqNo}` }),
      recovered: 'none',
      headSeqNo: seqNo,
      ...answer,
    });
  }

  /** A message of the topic that began last, `m{seqNo}` unless it is named. */
  message(topic: string, prevSeqNo: number, seqNo: number, more: Partial<MessageFrame> = {}): void {
    this.send({
      type: 'message',
      ...this.place(topic),
      seqNo,
      prevSeqNo,
      messageId: `m${seqNo}`,
      time: seqNo,
      data: { n: seqNo },
      ...more,
    });
  }

  /** How a shared frame names its topic. */
  place(topic: string): { topic: string } | { alias: number } {
    return this.encoding === 'json' ? { topic } : { alias: this.#alias };
  }

  /** Lets every dial that hangs come through. */
  answerDials(): void {
    for (const resolve of this.#hanging.splice(0)) resolve(this.#connect());
  }

  async #dial(): Promise<Connection> {
    this.dialCount += 1;
    if (this.dials === 'hang') return new Promise((resolve) => this.#hanging.push(resolve));
    if (this.dials !== 'accept') throw this.dials;
    return this.#connect();
  }

  #connect(): Connection {
    const ends = inprocPair({ clock: this.clock, encoding: this.encoding });
    this.links.push(new ScriptedLink(ends.gateway));
    return ends.client;
  }
}
