/** A gateway on Node: one HTTP server that answers `GET /health` and speaks the protocol over WebSocket. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Backbone, MemoryBackbone } from '@micro-socket/backbone';
import { DEFAULT_LIMITS, type Limits } from '@micro-socket/protocol';
import { type Address, formatAddress, randomId } from '@micro-socket/transport';
import { listenWebSocket, systemClock, systemRandom } from '@micro-socket/transport/node';
import type { AccessPolicy } from '../core/access.ts';
import { Gateway } from '../core/gateway.ts';
import { isLoopbackOrigin } from './origins.ts';

export interface ServeOptions {
  /** Where to listen. Port 0 asks for a free one. */
  readonly address: Address;
  readonly policy: AccessPolicy;
  /** Named in `ready` and in `/health`. Default: `gateway-` and a random part. */
  readonly name?: string;
  readonly limits?: Limits;
  /** Default: a new memory backbone. It is closed with the server. */
  readonly backbone?: Backbone;
  /** Origins of pages that may connect, besides those served from this machine: `https://example.com`. */
  readonly origins?: readonly string[];
  readonly onInternalError?: (error: unknown) => void;
}

/** A gateway that is listening. */
export interface RunningGateway {
  readonly gateway: Gateway;
  /** The address that it is bound to, with the real port. */
  readonly address: string;
  /** Says goodbye to the clients, closes every connection, and resolves when all are gone. */
  close(reason?: string): Promise<void>;
}

/** How long clients may take to close after a goodbye before their sockets are cut. */
const CLOSE_DEADLINE_MS = 2_000;

/** The address cannot be bound; the message says why. */
export class ListenError extends Error {
  readonly code = 'LISTEN_FAILED';

  constructor(address: Address, cause: NodeJS.ErrnoException) {
    const why = cause.code === 'EADDRINUSE' ? 'the port is in use; choose another one' : cause.message;
    super(`Cannot listen on ${formatAddress(address)}: ${why}.`, { cause });
    this.name = 'ListenError';
  }
}

/** Starts a gateway. Rejects with `ListenError`. */
export async function serve(options: ServeOptions): Promise<RunningGateway> {
  const { address, policy, limits = DEFAULT_LIMITS, origins = [] } = options;
  const name = options.name ?? `gateway-${randomId(systemRandom, 6)}`;
  const ports = { clock: systemClock, random: systemRandom, limits };
  const backbone = options.backbone ?? new MemoryBackbone(ports);
  const onInternalError = options.onInternalError ?? ((error) => console.error(error));
  const gateway = new Gateway({ ...ports, name, backbone, policy, onInternalError });

  const startedAt = systemClock.now();
  const server = createServer((request, response) => {
    respond(request, response, address.path, () => ({
      name,
      uptimeMs: Math.round(systemClock.now() - startedAt),
      gateway,
    }));
  });
  listenWebSocket({
    server,
    path: address.path,
    frameBytesReadMax: limits.frameBytesReadMax,
    allowsOrigin: (origin) => isLoopbackOrigin(origin) || origins.includes(origin),
    onConnection: (connection) => gateway.accept(connection),
  });
  const cutAll = trackSockets(server);
  await listen(server, address);
  // Running out of file descriptors, for example, is told here and must not end the process.
  server.on('error', onInternalError);

  const { port } = server.address() as AddressInfo;
  return {
    gateway,
    address: formatAddress({ ...address, port }),
    async close(reason = 'The gateway is shutting down.') {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      gateway.drain(reason);
      server.closeIdleConnections();
      const deadline = systemClock.after(CLOSE_DEADLINE_MS, cutAll);
      await closed;
      deadline.cancel();
      await backbone.close();
    },
  };
}

interface Health {
  readonly name: string;
  readonly uptimeMs: number;
  readonly gateway: Gateway;
}

function respond(request: IncomingMessage, response: ServerResponse, socketPath: string, health: () => Health): void {
  const path = (request.url ?? '').split('?', 1)[0];
  if (path !== '/health') {
    const message = `There is GET /health, and a WebSocket at ${socketPath}.`;
    sendJson(response, 404, { error: { code: 'NOT_FOUND', message } });
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    sendJson(response, 405, { error: { code: 'METHOD_NOT_ALLOWED', message: 'Use GET.' } });
  } else {
    const { name, uptimeMs, gateway } = health();
    sendJson(response, 200, { status: 'ok', gateway: name, uptimeMs, ...gateway.stats() });
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}

function listen(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error) => reject(new ListenError(address, cause));
    server.once('error', refuse);
    server.listen(address.port, address.host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
}

/** Upgraded sockets are no longer the HTTP server's, so it is this function's answer that can cut them. */
function trackSockets(server: Server): () => void {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return () => {
    for (const socket of sockets) socket.destroy();
  };
}
