/** A gateway that listens on this machine with the endpoints of a price feed in memory, and what a test says to it. */

import { StaticPolicy } from '@micro-socket/gateway';
import type { RunningGateway, ServeOptions } from '@micro-socket/gateway/node';
import { DEFAULT_LIMITS } from '@micro-socket/protocol';
import { Gateways, httpOf } from '../../../gateway/test/support/serving.ts';
import { PriceFeedHttp } from '../../src/http/price-feed-http.ts';
import { MemoryPort } from './memory-port.ts';

/** `desk` manages channels, `reader` reads everything, `gold` reads its own channel. Nobody else may do anything. */
const USERS = [
  {
    name: 'desk',
    token: 'desk-token',
    allow: [
      { pattern: 'prices.>', actions: ['subscribe'] as const },
      { pattern: 'prices', actions: ['subscribe', 'publish'] as const },
    ],
  },
  {
    name: 'reader',
    token: 'reader-token',
    allow: [
      { pattern: 'prices', actions: ['subscribe'] as const },
      { pattern: 'prices.>', actions: ['subscribe'] as const },
    ],
  },
  { name: 'gold', token: 'gold-token', allow: [{ pattern: 'prices.gold', actions: ['subscribe'] as const }] },
];

export interface Ask {
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is no text is sent as JSON. */
  readonly body?: unknown;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** What the body says; absent where there is none. */
  readonly body: Readonly<Record<string, unknown>>;
}

export class FeedServer {
  readonly port: MemoryPort;
  readonly gateway: RunningGateway;

  constructor(port: MemoryPort, gateway: RunningGateway) {
    this.port = port;
    this.gateway = gateway;
  }

  /** As `desk` unless the request names another token; `null` is none. */
  async ask(method: string, path: string, { token = 'desk-token', headers = {}, body }: Ask = {}): Promise<Answered> {
    const response = await fetch(`${httpOf(this.gateway)}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
  }

  /** The tag of a channel that exists. */
  async tagOf(id: string): Promise<string> {
    return (await this.ask('GET', `/channels/${id}`)).headers.get('etag') ?? '';
  }
}

export class FeedServers {
  readonly #gateways = new Gateways();

  async start(options: Partial<ServeOptions> = {}): Promise<FeedServer> {
    const port = new MemoryPort();
    port.define({ id: 'BTCUSDT', decimals: 2, tickSize: 1 });
    port.define({ id: 'ETHUSDT', decimals: 2, tickSize: 5 });
    port.quote({ instrument: 'BTCUSDT', bid: 6_712_345, ask: 6_712_400, last: 6_712_350, sourceTime: 1_700 });
    port.quote({ instrument: 'ETHUSDT', last: 351_205, sourceTime: 1_800 });
    const gateway = await this.#gateways.start({
      policy: new StaticPolicy({ users: USERS }),
      http: (core) => [new PriceFeedHttp({ port, gateway: core, bodyBytesMax: DEFAULT_LIMITS.frameBytesMax })],
      ...options,
    });
    return new FeedServer(port, gateway);
  }

  closeAll(): Promise<void> {
    return this.#gateways.closeAll();
  }
}
