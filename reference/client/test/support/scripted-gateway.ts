/** The gateway's end of a connection in the test's hand: it sees every frame of the client and says what the test says. */

import { type ClientFrame, codecFor, type Encoding, type FrameBody, type GatewayFrame } from '@micro-socket/protocol';
import { type ConnectionHandler, type InprocEnd, inprocPair } from '@micro-socket/transport';
import { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import { seededRandom } from '../../../transport/test/support/seeded-random.ts';
import { Client, type ClientOptions, type Subscription, type SubscriptionOptions } from '../../src/index.ts';
import { settled } from './connected.ts';

const ready: GatewayFrame = {
  type: 'ready',
  sessionId: 's',
  gateway: 'scripted',
  time: 1,
  heartbeatMs: 25_000,
  limits: { frameBytesMax: 300, topicsPerConnectionMax: 10, unacknowledgedPublishesMax: 2 },
  durability: 'memory',
  retention: { messagesMax: 5 },
  dedupWindowMs: 1_000,
};

export class ScriptedGateway implements ConnectionHandler {
  readonly clock = new ManualClock();
  readonly client: Client;
  readonly received: ClientFrame[] = [];
  readonly closes: number[] = [];
  readonly #end: InprocEnd;

  constructor(options: ClientOptions = {}, encoding: Encoding = 'json') {
    const ends = inprocPair({ clock: this.clock, encoding });
    this.#end = ends.gateway;
    this.#end.start(this);
    this.client = new Client(ends.client, this.clock, seededRandom(3), options);
  }

  /** A scripted gateway whose client is ready. */
  static async ready(options: ClientOptions = {}, encoding: Encoding = 'json'): Promise<ScriptedGateway> {
    const gateway = new ScriptedGateway(options, encoding);
    const opening = gateway.client.open();
    gateway.send(ready);
    await settled(gateway, opening);
    return gateway;
  }

  onFrame(body: FrameBody): void {
    this.received.push(codecFor(this.#end.encoding).decode(body, 'client'));
  }

  onWritable(): void {}

  onClose(code: number): void {
    this.closes.push(code);
  }

  send(frame: GatewayFrame): void {
    this.sendBody(codecFor(this.#end.encoding).encode(frame));
  }

  sendBody(body: FrameBody): void {
    this.#end.send(body);
  }

  close(code: number, reason = ''): void {
    this.#end.close(code, reason);
  }

  settle(): Promise<void> {
    return this.clock.settle();
  }

  /** The newest frame of the client. */
  get request(): ClientFrame & { id: number } {
    return this.received.at(-1) as ClientFrame & { id: number };
  }

  /** A subscription of the client that begins at a seqNo. */
  async subscribed(topic: string, seqNo: number, options: SubscriptionOptions = {}): Promise<Subscription> {
    const subscribing = this.client.subscribe(topic, options);
    await this.settle();
    this.send({ type: 'subscribed', id: this.request.id, topic, alias: 4, epoch: 'e', seqNo });
    return settled(this, subscribing);
  }

  /** A message of the topic, `m{seqNo}` unless it is named. */
  message(topic: string, prevSeqNo: number, seqNo: number): void {
    const place = this.#end.encoding === 'json' ? { topic } : { alias: 4 };
    this.send({ type: 'message', ...place, seqNo, prevSeqNo, messageId: `m${seqNo}`, time: seqNo, data: { n: seqNo } });
  }
}
