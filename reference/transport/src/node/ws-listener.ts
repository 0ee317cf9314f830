/**
 * Accepts WebSockets beside a Node HTTP server, with the package `ws` for the handshake and for reading.
 *
 * Writing goes past `ws`: finished frames are written to the TCP socket as they are, so that one buffer serves every
 * member of a cohort. That is safe because `ws` itself is never given a message to send: it writes its control frames
 * synchronously and whole, so frames of the two writers never interleave. Compressed frames are made here too; what
 * clients compress, `ws` reads.
 */

import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Encoding, encodingOf, SUBPROTOCOLS } from '@micro-socket/protocol';
import { WebSocketServer } from 'ws';
import type { AcceptedConnection } from '../ports/connection.ts';
import { WsConnection } from './ws-connection.ts';

export interface WsListenerOptions {
  readonly server: Server;
  /** The path that speaks the protocol, such as `/ws`. */
  readonly path: string;
  /**
   * Why there is no WebSocket at a path, in a sentence for people; `undefined` where there is one. The path comes as it
   * was sent, percent-encoded, without its query. Default: there is one at `path` and nowhere else.
   */
  readonly pathProblem?: (path: string) => string | undefined;
  /** Largest message that is read at all; beyond it the connection ends with 1009. */
  readonly frameBytesReadMax: number;
  /** Whether clients that offer permessage-deflate get compressed messages. Default: they do not. */
  readonly compress?: boolean;
  /** Says whether a browser page of this origin may connect. */
  readonly allowsOrigin: (origin: string) => boolean;
  /** `path` is the one that the client asked for, as `pathProblem` has seen it. */
  readonly onConnection: (connection: AcceptedConnection, path: string) => void;
}

/** Each message by itself, both ways: so frames can be shared, and connections keep no memory of what was sent. */
const PER_MESSAGE = { serverNoContextTakeover: true, clientNoContextTakeover: true };

/** Starts to accept upgrades on the server. The server's owner closes it. */
export function listenWebSocket(options: WsListenerOptions): void {
  const handshake = new WebSocketServer({
    noServer: true,
    perMessageDeflate: options.compress === true ? PER_MESSAGE : false,
    maxPayload: options.frameBytesReadMax,
    handleProtocols: (offered) => chosen(offered) ?? false,
  });
  options.server.on('upgrade', (request, socket, head) => {
    // A socket that dies during the handshake has nobody else to tell.
    socket.on('error', () => socket.destroy());
    const refusal = refusalOf(request, options);
    if (refusal !== undefined) {
      refuse(socket, refusal);
      return;
    }
    handshake.handleUpgrade(request, socket, head, (webSocket) => {
      const encoding = encodingOf(webSocket.protocol) as Encoding;
      options.onConnection(new WsConnection(webSocket, socket, encoding, remoteAddressOf(request)), pathOf(request));
    });
  });
}

interface Refusal {
  readonly status: string;
  readonly message: string;
}

function refusalOf(request: IncomingMessage, options: WsListenerOptions): Refusal | undefined {
  const { path: only, pathProblem = (path) => elsewhere(path, only) } = options;
  const problem = pathProblem(pathOf(request));
  if (problem !== undefined) return { status: '404 Not Found', message: problem };
  const origin = request.headers.origin;
  if (origin !== undefined && !options.allowsOrigin(origin)) {
    return { status: '403 Forbidden', message: `Pages of ${origin} may not connect to this gateway.` };
  }
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (chosen(offered) === undefined) {
    return {
      status: '400 Bad Request',
      message: `Offer one of these in Sec-WebSocket-Protocol: ${SUBPROTOCOLS.join(', ')}.`,
    };
  }
  return undefined;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? '';
}

function elsewhere(path: string, only: string): string | undefined {
  return path === only ? undefined : `There is no WebSocket at ${path}; connect to ${only}.`;
}

/** The first offered subprotocol that is spoken here: the client's order of preference decides. */
function chosen(offered: Iterable<string>): string | undefined {
  for (const name of offered) if (encodingOf(name) !== undefined) return name;
  return undefined;
}

function refuse(socket: Duplex, { status, message }: Refusal): void {
  const body = `${message}\n`;
  const head = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  // The peer may keep its side open for as long as it likes; this side does not.
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function remoteAddressOf(request: IncomingMessage): string {
  return `${request.socket.remoteAddress}:${request.socket.remotePort}`;
}
