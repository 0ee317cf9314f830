/** A real engine on a real TCP port of this machine: a gateway whose backbone lives by a clock of the test's. */

import { EdgePolicy, Gateway } from '@micro-socket/gateway';
import { type Limits, limitsWith } from '@micro-socket/protocol';
import type { Listener, TcpAddress } from '@micro-socket/transport';
import { dial, listenStream, systemClock, systemRandom } from '@micro-socket/transport/node';
import { type Backbone, RemoteBackbone, type RemoteBackboneOptions } from '../../../src/index.ts';

/** Bounds of the connections; those of the backbone are the test's. */
const LIMITS = limitsWith({ framesPerSecondMax: 1_000_000, unacknowledgedPublishesMax: 8_192 });

export interface EngineOptions {
  readonly backbone: Backbone;
  readonly key?: string;
  readonly limits?: Partial<Limits>;
}

export class Engine {
  readonly #options: EngineOptions;
  readonly #edges: RemoteBackbone[] = [];
  #listener: Listener | undefined;
  #gateway: Gateway | undefined;
  #port = 0;

  private constructor(options: EngineOptions) {
    this.#options = options;
  }

  static async start(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options);
    await engine.listen();
    return engine;
  }

  get address(): string {
    return `tcp://127.0.0.1:${this.#port}`;
  }

  /** Listens, at the same port as before if it did. */
  async listen(): Promise<void> {
    const { backbone, key, limits = {} } = this.#options;
    const gateway = new Gateway({
      name: 'engine',
      backbone,
      policy: new EdgePolicy(key),
      clock: systemClock,
      random: systemRandom,
      limits: { ...LIMITS, ...limits },
    });
    this.#gateway = gateway;
    this.#listener = await listenStream({
      address: { scheme: 'tcp', host: '127.0.0.1', port: this.#port },
      frameBytesReadMax: LIMITS.frameBytesReadMax,
      onConnection: (connection) => gateway.accept(connection),
    });
    this.#port = (this.#listener.address as TcpAddress).port;
  }

  /** Cuts every connection without a word, and lets nobody in. */
  async cut(): Promise<void> {
    const closed = this.#listener?.close();
    this.#listener?.cutAll();
    await closed;
  }

  /** Says goodbye to every edge, and lets nobody in. */
  async shutDown(): Promise<void> {
    const closed = this.#listener?.close();
    this.#gateway?.drain('The engine is shutting down.');
    await closed;
  }

  async connect(options: Partial<RemoteBackboneOptions> = {}): Promise<RemoteBackbone> {
    const { key } = this.#options;
    const edge = await RemoteBackbone.connect({
      ports: { dial: () => dial(this.address, 'msgpack'), clock: systemClock, random: systemRandom },
      engine: this.address,
      token: key,
      ...options,
    });
    this.#edges.push(edge);
    return edge;
  }

  async close(): Promise<void> {
    await Promise.all(this.#edges.map((edge) => edge.close()));
    await this.cut();
    await this.#options.backbone.close();
  }
}
