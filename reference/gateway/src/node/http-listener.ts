/** One HTTP or HTTPS server of a gateway: requests go to the HTTP service, WebSockets to the gateway (§3.1, §11). */

import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Limits } from '@micro-socket/protocol';
import {
  type AcceptedConnection,
  formatAddress,
  ListenError,
  type Listener,
  type WebSocketAddress,
} from '@micro-socket/transport';
import { listenErrorOf, listenWebSocket, systemClock, type TlsIdentity } from '@micro-socket/transport/node';
import type { AllowsOrigin } from '../http/cross-origin.ts';
import type { HttpResponse } from '../http/message.ts';
import type { HttpService } from '../http/service.ts';
import { webSocketTarget } from '../http/web-socket-target.ts';
import { isLoopbackAddress } from './origins.ts';
import { type BodyBudget, RequestBody } from './request-body.ts';

export interface HttpListenerOptions {
  readonly address: WebSocketAddress;
  /** Needed for a `wss` address. */
  readonly tls: TlsIdentity | undefined;
  readonly limits: Limits;
  readonly allowsOrigin: AllowsOrigin;
  readonly service: HttpService;
  /** Shared by all servers of the gateway. */
  readonly bodies: BodyBudget;
  /** Whether clients that offer permessage-deflate get compressed messages. */
  readonly compress: boolean;
  /** `topic` is what the path names: that of `/ws/sub/:topic`. */
  readonly onConnection: (connection: AcceptedConnection, topic: string | undefined) => void;
  /** Hears of failures to accept, such as too many open files. */
  readonly onError: (error: Error) => void;
}

/** How long a client may go on sending after it was refused, in milliseconds, before its socket is cut. */
const REFUSED_GRACE_MS = 2_000;

/** How often the server looks for requests that take too long. */
const CHECK_INTERVAL_MS = 1_000;

/** Headers that only a proxy adds. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'via'];

/** Starts to accept. Rejects with `ListenError`. */
export async function listenHttp(options: HttpListenerOptions): Promise<Listener> {
  const { address, limits, allowsOrigin, compress, onConnection, onError } = options;
  const server = serverFor(options);
  const handle = (request: IncomingMessage, response: ServerResponse) =>
    void answer(server, request, response, options).catch(onError);
  server.on('request', handle);
  // Whether a client is told to go on with its body is decided when the body is wanted.
  server.on('checkContinue', handle);
  listenWebSocket({
    server,
    path: address.path,
    pathProblem(path) {
      const target = webSocketTarget(address.path, path);
      return 'problem' in target ? target.problem : undefined;
    },
    frameBytesReadMax: limits.frameBytesReadMax,
    compress,
    allowsOrigin,
    onConnection(connection, path) {
      const target = webSocketTarget(address.path, path);
      onConnection(connection, 'topic' in target ? target.topic : undefined);
    },
  });
  const cutAll = trackSockets(server);
  await bind(server, address);
  // With nobody to hear it, an error would end the process.
  server.on('error', onError);
  let closing: Promise<void> | undefined;
  return {
    address: { ...address, port: (server.address() as AddressInfo).port },
    close() {
      closing ??= new Promise((resolve) => void server.close(() => resolve()));
      return closing;
    },
    cutAll,
  };
}

async function answer(
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
  { service, bodies }: HttpListenerOptions,
): Promise<void> {
  const body = new RequestBody(request, response, bodies);
  try {
    const result = await service.answer({
      method: request.method ?? '',
      ...targetOf(request.url ?? ''),
      headers: request.headers as Record<string, string | undefined>,
      isLocal: isLocal(request),
      body: (bytesMax) => body.read(bytesMax),
    });
    // A body that came together with its head has been noticed by the end of this turn, whoever wanted it or not.
    if (!request.complete) await new Promise<void>((resolve) => systemClock.soon(resolve));
    send(server, request, response, result);
  } finally {
    body.release();
  }
}

/** What is left of a body is read and dropped, for a while: unread, it would reset the connection under the answer. */
function send(server: Server, request: IncomingMessage, response: ServerResponse, result: HttpResponse): void {
  if (response.headersSent || response.destroyed) return;
  const { status, headers, body } = result;
  const isLast = !request.complete || !server.listening;
  // Of a 304 it would be the length of what is not sent again.
  const length = status === 204 || status === 304 ? {} : { 'Content-Length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length, ...(isLast ? { Connection: 'close' } : {}) });
  if (request.complete) {
    response.end(body);
    return;
  }
  response.write(body);
  const cut = systemClock.after(REFUSED_GRACE_MS, () => request.socket.destroy());
  request.once('close', () => {
    cut.cancel();
    response.end();
  });
  request.resume();
}

function isLocal({ socket, headers }: IncomingMessage): boolean {
  return isLoopbackAddress(socket.remoteAddress) && PROXY_HEADERS.every((name) => headers[name] === undefined);
}

/** The path and the query of a request target, which may be a whole address (RFC 9112, section 3.2.2). */
function targetOf(target: string): { path: string; query: string } {
  const [before = '', ...query] = target.split('?');
  return { path: before.replace(/^https?:\/\/[^/]*/i, ''), query: query.join('?') };
}

function serverFor({ address, tls, limits }: HttpListenerOptions): Server {
  // A request may take as long as a setup.
  const patienceMs = limits.setupDeadlineMs;
  const options: ServerOptions = {
    requestTimeout: patienceMs,
    headersTimeout: patienceMs,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, patienceMs),
  };
  if (address.scheme === 'ws') return createServer(options);
  if (tls === undefined) throw new ListenError(formatAddress(address), 'wss needs a certificate and its key');
  try {
    return createSecureServer({ ...options, ...tls, handshakeTimeout: patienceMs });
  } catch (cause) {
    const problem = `the certificate or its key cannot be used: ${(cause as Error).message}`;
    throw new ListenError(formatAddress(address), problem, { cause });
  }
}

function bind(server: Server, address: WebSocketAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException) => reject(listenErrorOf(address, cause));
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
