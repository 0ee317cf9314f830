/** A server, backbones at it, and what they store and hear; everything ends with the test. */

import { type Limits, limitsWith } from '@micro-socket/protocol';
import type { Clock } from '@micro-socket/transport';
import { systemClock } from '@micro-socket/transport/node';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';
import { seededRandom } from '../../../../transport/test/support/seeded-random.ts';
import type { Backbone, Entry, TopicSubscription } from '../../../src/index.ts';
import { NatsBackbone, type NatsBackboneOptions } from '../../../src/node/nats/index.ts';
import { NatsServer, type NatsServerOptions } from './nats-server.ts';
import { TcpProxy } from './tcp-proxy.ts';

export type Connect = Partial<Omit<NatsBackboneOptions, 'limits'>> & { readonly limits?: Partial<Limits> };

/** What has an address, or several. */
interface At {
  readonly url: string | readonly string[];
}

let seed = 1;

/** Starts a server for one test. */
export async function startServer(options?: NatsServerOptions): Promise<NatsServer> {
  const server = await NatsServer.start(options);
  onTestFinished(() => server.dispose());
  return server;
}

export async function startProxy(server: NatsServer): Promise<TcpProxy> {
  const proxy = await TcpProxy.start(() => server.port);
  onTestFinished(() => proxy.dispose());
  return proxy;
}

/** Connects a backbone for one test, by the real clock. */
export async function connectBackbone({ url }: At, { limits = {}, ...more }: Connect = {}): Promise<NatsBackbone> {
  const clock: Clock = systemClock;
  const options = { servers: url, clock, random: seededRandom(seed++), limits: limitsWith(limits), ...more };
  const backbone = await NatsBackbone.connect(options);
  onTestFinished(() => backbone.close());
  return backbone;
}

/** A plain client, for what an operator or somebody else would do. */
export async function connectPlainly({ url }: At): Promise<{ connection: NatsConnection; jsm: JetStreamManager }> {
  const connection = await connect({
    servers: typeof url === 'string' ? url : [...url],
    maxReconnectAttempts: -1,
    reconnectTimeWait: 50,
  });
  onTestFinished(() => connection.close());
  return { connection, jsm: await jetstreamManager(connection, { checkAPI: false }) };
}

/** The version of a server. */
export async function versionOf(at: At): Promise<string> {
  const { connection } = await connectPlainly(at);
  return connection.info?.version ?? '';
}

/** A listener that can be waited for. */
export class Listening {
  readonly entries: Entry[] = [];
  lostCount = 0;
  #subscription: TopicSubscription | undefined;
  #wake: () => void = () => {};

  static async join(backbone: Backbone, topic = 'a'): Promise<Listening> {
    const listening = new Listening();
    const onEntry = (entry: Entry) => {
      if (listening.lostCount > 0) throw new Error('It was told of a loss and given an entry afterwards.');
      listening.entries.push(entry);
      listening.#wake();
    };
    const onLost = () => {
      listening.lostCount += 1;
      listening.#wake();
    };
    listening.#subscription = await backbone.subscribe(topic, onEntry, { onLost });
    return listening;
  }

  get head(): TopicSubscription['head'] {
    if (this.#subscription === undefined) throw new Error('It has not been joined.');
    return this.#subscription.head;
  }

  get ids(): string[] {
    return this.entries.map(({ messageId }) => messageId);
  }

  close(): void {
    this.#subscription?.close();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  heard(messageId: string): Promise<void> {
    return this.until(() => this.ids.includes(messageId));
  }

  lost(): Promise<void> {
    return this.until(() => this.lostCount > 0);
  }
}

/** Asks again until the answer is not UNAVAILABLE. */
export async function insist<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'UNAVAILABLE')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Waits until something is so. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** The messageIds of what is state after these entries, which are all there were. */
export function stateAfter(entries: readonly Entry[]): string[] {
  const newest = new Map(entries.map((entry) => [entry.key, entry]));
  return entries
    .filter((entry) => newest.get(entry.key) === entry && (entry.key === undefined || entry.payload !== null))
    .map(({ messageId }) => messageId);
}
