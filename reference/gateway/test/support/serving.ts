/** Gateways that listen on this machine, and what a test says to them over HTTP. */

import { connect as connectTcp, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseAddress } from '@micro-socket/transport';
import { StaticPolicy } from '../../src/index.ts';
import { type RunningGateway, type ServeOptions, serve } from '../../src/node/index.ts';

/** Everyone may do everything; `ann` has a name, and `reader` may publish nothing. */
export function openPolicy(): StaticPolicy {
  const all = [{ pattern: '>', actions: ['subscribe', 'publish', 'presence'] as const }];
  return new StaticPolicy({
    anonymous: { allow: all },
    users: [
      { name: 'ann', token: 'ann-token', allow: all },
      { name: 'reader', token: 'reader-token', allow: [{ pattern: '>', actions: ['subscribe'] }] },
    ],
  });
}

export class Gateways {
  #running: RunningGateway[] = [];

  /** One that listens on a free port of this machine, unless the options say otherwise. */
  async start(options: Partial<ServeOptions> = {}): Promise<RunningGateway> {
    const gateway = await serve({ addresses: [parseAddress('ws://127.0.0.1:0')], policy: openPolicy(), ...options });
    this.#running.push(gateway);
    return gateway;
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#running.splice(0).map((gateway) => gateway.close()));
  }
}

/** Where a gateway answers HTTP: `http://127.0.0.1:50312`. */
export function httpOf({ address }: RunningGateway): string {
  return new URL(address.replace(/^ws/, 'http')).origin;
}

export interface Post {
  readonly token?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Publishes over HTTP; what is no text is sent as JSON. */
export function post(gateway: RunningGateway, topic: string, body: unknown, options: Post = {}): Promise<Response> {
  const { token, path = `/topics/${encodeURIComponent(topic)}/messages`, headers = {} } = options;
  return fetch(`${httpOf(gateway)}${path}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** A TCP socket to a gateway, which says whatever a test wants. */
export function rawSocket(gateway: RunningGateway): Socket {
  const socket = connectTcp(Number(new URL(gateway.address).port), '127.0.0.1');
  return socket.on('error', () => {});
}

/** Everything that the gateway answers to these bytes, until it ends the connection. */
export function rawAnswer(gateway: RunningGateway, ...lines: readonly string[]): Promise<string> {
  const socket = rawSocket(gateway);
  socket.write(lines.join('\r\n'));
  return text(socket);
}
