/** Subscribers with the reference client, and what they were given. */

import { Client, type Health, type Message, type Subscription, type SubscriptionOptions } from '@micro-socket/client';
import { codecFor, type FrameBody } from '@micro-socket/protocol';
import type { Connection, ConnectionHandler } from '@micro-socket/transport';
import { dial, systemClock, systemRandom } from '@micro-socket/transport/node';
import type { World } from '../world.ts';

/** Come back at once: nobody else is waiting. */
const RECONNECT = { baseMs: 20, capMs: 200 } as const;

export interface LineOptions {
  readonly token?: string;
  /** Keeps every `message` frame as it came on the wire. Default false. */
  readonly keepsFrames?: boolean;
}

/** One client. It ends with the test. */
export class Line {
  readonly client: Client;
  /** The `message` frames of all its connections, byte for byte. */
  readonly frames: readonly string[];

  private constructor(client: Client, frames: readonly string[]) {
    this.client = client;
    this.frames = frames;
  }

  static async open(world: World, address: string, { token, keepsFrames = false }: LineOptions = {}): Promise<Line> {
    const { encoding } = world;
    const frames: string[] = [];
    const dialled = async () => {
      const connection = await dial(address, encoding, {});
      return keepsFrames ? tapped(connection, frames) : connection;
    };
    const ports = { dial: dialled, clock: systemClock, random: systemRandom };
    const options = { reconnect: RECONNECT, ...(token === undefined ? {} : { token }) };
    const client = await new Client(ports, options).open();
    world.onEnd(async () => {
      if (client.state !== 'closed') await client.close();
    });
    return new Line(client, frames);
  }

  read(topic: string, options: SubscriptionOptions = {}): Promise<Reader> {
    return Reader.begin(this.client, topic, options);
  }
}

/** Passes everything on, and keeps the `message` frames that come. */
function tapped(connection: Connection, frames: string[]): Connection {
  const { encoding } = connection;
  const codec = codecFor(encoding);
  const keep = (body: FrameBody) => {
    if (codec.decode(body, 'gateway').type !== 'message') return;
    frames.push(typeof body === 'string' ? body : Buffer.from(body).toString('hex'));
  };
  return {
    encoding,
    remoteAddress: connection.remoteAddress,
    get bufferedBytes() {
      return connection.bufferedBytes;
    },
    start(handler: ConnectionHandler) {
      connection.start({
        onFrame: (body) => {
          keep(body);
          handler.onFrame(body);
        },
        onWritable: () => handler.onWritable(),
        onClose: (code, reason) => handler.onClose(code, reason),
      });
    },
    send: (body) => connection.send(body),
    close: (code, reason) => connection.close(code, reason),
  };
}

/** One subscription. */
export class Reader {
  readonly messages: Message[] = [];
  /** The state that came first, where it was asked for. */
  readonly state: Message[] = [];
  readonly health: Health[] = [];
  #subscription: Subscription | undefined;
  #end: { readonly error: Error | undefined } | undefined;
  readonly #waiters: (() => void)[] = [];

  /** Resolves when it is subscribed. Rejects with why it cannot be. */
  static async begin(client: Client, topic: string, options: SubscriptionOptions): Promise<Reader> {
    const reader = new Reader();
    reader.#subscription = await client.subscribe(topic, {
      ...options,
      onMessage: (message) => {
        reader.messages.push(message);
        reader.#wake();
      },
      onSnapshot: (entries) => {
        reader.state.push(...entries);
      },
      onHealth: (health) => {
        reader.health.push(health);
        reader.#wake();
      },
      onEnd: (error) => {
        reader.#end = { error };
        reader.#wake();
      },
    });
    return reader;
  }

  get subscription(): Subscription {
    if (this.#subscription === undefined) throw new Error('It is not subscribed.');
    return this.#subscription;
  }

  /** The newest message that it was given; the place where it began before that. */
  get seqNo(): number {
    return this.subscription.position.seqNo;
  }

  /** What it was given after a place, up to and including another. */
  between(afterSeqNo: number, seqNo: number): Message[] {
    return this.messages.filter((message) => message.seqNo > afterSeqNo && message.seqNo <= seqNo);
  }

  /** Resolves when something is so, which it looks at whenever it was given something. Rejects when it has ended before. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#end !== undefined) throw this.#end.error ?? new Error('The subscription was closed.');
      await this.#news();
    }
  }

  /** Resolves when it stands at this place or behind it. */
  reaches(seqNo: number): Promise<void> {
    return this.until(() => this.seqNo >= seqNo);
  }

  /** Resolves when it was given so many messages more. */
  more(count: number): Promise<void> {
    const wanted = this.messages.length + count;
    return this.until(() => this.messages.length >= wanted);
  }

  /** Resolves when the newest that it has heard of the topic's health is this. */
  isTold(state: Health['state']): Promise<void> {
    return this.until(() => this.health.at(-1)?.state === state);
  }

  /** Resolves with why it has ended. */
  async ended(): Promise<Error | undefined> {
    while (this.#end === undefined) await this.#news();
    return this.#end.error;
  }

  /** Resolves when it is given something, whatever that is. */
  #news(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
