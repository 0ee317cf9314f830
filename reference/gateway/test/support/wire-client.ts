/** A client by frames over a real transport, with the clock of the machine: what a test waits for, it waits for. */

import { type ClientFrame, codecFor, type Encoding, type FrameBody, type GatewayFrame } from '@micro-socket/protocol';
import type { Connection, ConnectionHandler } from '@micro-socket/transport';
import { dial } from '@micro-socket/transport/node';
import { trust } from '../../../transport/test/support/identity.ts';
import type { FrameNamed } from './peer.ts';

export interface WireOptions {
  readonly encoding?: Encoding;
  readonly token?: string;
  readonly topics?: string[];
}

export class WireClient implements ConnectionHandler {
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #connection: Connection;
  /** Frames that nobody has asked for yet. */
  readonly #frames: GatewayFrame[] = [];
  #onEvent: () => void = () => {};
  #onClosed: (close: { code: number; reason: string }) => void = () => {};
  #nextId = 1;

  /** Connected, and not set up. */
  static async dial(address: string, { encoding = 'json' }: WireOptions = {}): Promise<WireClient> {
    return new WireClient(await dial(address, encoding, { tls: trust }));
  }

  /** Set up, with an answer for each topic. */
  static async ready(address: string, options: WireOptions = {}): Promise<WireClient> {
    const client = await WireClient.dial(address, options);
    const { token, topics = [] } = options;
    client.send({ type: 'setup', protocol: 1, topics, ...(token === undefined ? {} : { token }) });
    await client.next('ready');
    for (const _topic of topics) await client.next('subscribed');
    return client;
  }

  constructor(connection: Connection) {
    this.#connection = connection;
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    connection.start(this);
  }

  onFrame(body: FrameBody): void {
    this.#frames.push(codecFor(this.#connection.encoding).decode(body, 'gateway'));
    this.#onEvent();
  }

  onWritable(): void {}

  onClose(code: number, reason: string): void {
    this.#onClosed({ code, reason });
  }

  send(frame: ClientFrame): void {
    this.#connection.send(codecFor(this.#connection.encoding).encode(frame));
  }

  /** The answer to a publish, which must not be a refusal. */
  publish(topic: string, payload: unknown, messageId = `m${this.#nextId}`): Promise<FrameNamed<'ack'>> {
    this.send({ type: 'publish', id: this.#nextId++, topic, messageId, payload });
    return this.next('ack');
  }

  /** The next frame of this type; those of other types are kept for whoever asks for them. */
  async next<Type extends GatewayFrame['type']>(type: Type): Promise<FrameNamed<Type>> {
    for (;;) {
      const index = this.#frames.findIndex((frame) => frame.type === type);
      if (index !== -1) return this.#frames.splice(index, 1)[0] as FrameNamed<Type>;
      await new Promise<void>((resolve) => {
        this.#onEvent = resolve;
      });
    }
  }

  close(): void {
    this.#connection.close(1000, '');
  }
}
