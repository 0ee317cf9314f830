/**
 * A WebSocket proxy in front of a real gateway that breaks one rule of the protocol.
 *
 * It passes every byte on as it came, except where a fault says otherwise: handshakes, HTTP, close codes and frames that
 * cannot be decoded too. So with no fault it is the gateway, and with one it is the gateway with that rule broken.
 */

import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type ClientFrame,
  codecFor,
  type Encoding,
  encodingOf,
  type FrameBody,
  type GatewayFrame,
} from '@micro-socket/protocol';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import type { Fault, LinkFault } from './fault.ts';
import { Knowledge, type LinkKnowledge } from './knowledge.ts';

export interface RunningProxy {
  /** Where it listens, in place of the gateway. */
  readonly address: string;
  close(): Promise<void>;
}

/** How many frames may wait for the client. */
const UNSENT_MAX = 16;

/** Listens on a free port in front of the gateway at `upstream`. Without a fault it changes nothing. */
export async function startProxy(upstream: string, fault?: Fault): Promise<RunningProxy> {
  const knowledge = new Knowledge();
  const applied = fault?.apply(knowledge);
  const server = createServer((request, response) => {
    const outgoing = httpRequest(httpAddress(upstream, request), { method: request.method, headers: request.headers });
    outgoing.on('response', (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, incoming.headers);
      incoming.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    request.pipe(outgoing);
  });
  const handshake = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const gateway = dialUpstream(upstream, request);
    gateway.on('unexpected-response', (_, response) => relayRefusal(response, socket));
    gateway.on('error', () => socket.destroy());
    gateway.on('open', () => {
      // The gateway's choice of subprotocol is the proxy's.
      request.headers['sec-websocket-protocol'] = gateway.protocol;
      handshake.handleUpgrade(request, socket, head, (client) => {
        new ProxyLink(client, gateway, knowledge.link(), applied?.());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`,
    close: () => closed(server, sockets),
  };
}

/** One client's connection and the one to the gateway that stands for it. */
class ProxyLink {
  readonly #client: WebSocket;
  readonly #gateway: WebSocket;
  readonly #encoding: Encoding;
  readonly #known: LinkKnowledge;
  readonly #fault: LinkFault | undefined;
  #unsent = 0;

  constructor(client: WebSocket, gateway: WebSocket, known: LinkKnowledge, fault: LinkFault | undefined) {
    this.#client = client;
    this.#gateway = gateway;
    this.#encoding = encodingOf(gateway.protocol) ?? 'json';
    this.#known = known;
    this.#fault = fault;
    fault?.start?.({
      encoding: this.#encoding,
      known,
      toGateway: (frame) => this.#gateway.send(codecFor(this.#encoding).encode(frame)),
      toClient: (frame) => this.#client.send(codecFor(this.#encoding).encode(frame)),
      closeClient: (code) => this.#client.close(code, 'broken on purpose'),
    });
    client.on('message', (data, isBinary) => this.#fromClient(data, isBinary));
    gateway.on('message', (data, isBinary) => this.#fromGateway(data, isBinary));
    client.on('close', (code, reason) => end(gateway, fault?.closeOfClient?.(code) ?? code, reason.toString()));
    gateway.on('close', (code, reason) => {
      if (fault?.keepsOpenAfter !== code) end(client, code, reason.toString());
    });
    for (const socket of [client, gateway]) socket.on('error', () => {});
  }

  #fromClient(data: RawData, isBinary: boolean): void {
    const body = bodyOf(data, isBinary);
    const frame = decoded(() => codecFor(this.#encoding).decode(body, 'client'));
    if (frame === undefined) {
      this.#gateway.send(data, { binary: isBinary });
      return;
    }
    this.#known.fromClient(frame);
    const sent = this.#fault?.fromClient?.(frame, body) ?? [frame];
    for (const one of sent) this.#gateway.send(one === frame ? dataOf(data, isBinary) : this.#encoded(one));
  }

  #fromGateway(data: RawData, isBinary: boolean): void {
    const body = bodyOf(data, isBinary);
    const frame = decoded(() => this.#known.named(codecFor(this.#encoding).decode(body, 'gateway')));
    if (frame === undefined) {
      this.#toClient(dataOf(data, isBinary));
      return;
    }
    this.#known.fromGateway(frame);
    const sent = this.#fault?.fromGateway?.(frame, body) ?? [frame];
    for (const one of sent) this.#toClient(one === frame ? dataOf(data, isBinary) : this.#encoded(one));
  }

  /** Reads no more from the gateway than the client takes, so that the gateway feels a client that does not read. */
  #toClient(data: FrameBody): void {
    this.#unsent += 1;
    if (this.#unsent === UNSENT_MAX) this.#gateway.pause();
    this.#client.send(data, () => {
      this.#unsent -= 1;
      if (this.#unsent === 0 && this.#gateway.isPaused) this.#gateway.resume();
    });
  }

  #encoded(one: ClientFrame | GatewayFrame | FrameBody): FrameBody {
    const isBody = typeof one === 'string' || one instanceof Uint8Array;
    return isBody ? one : codecFor(this.#encoding).encode(one);
  }
}

function decoded<Frame>(decode: () => Frame): Frame | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

function bodyOf(data: RawData, isBinary: boolean): FrameBody {
  return isBinary ? new Uint8Array(data as Buffer) : data.toString();
}

function dataOf(data: RawData, isBinary: boolean): string | Buffer {
  return isBinary ? (data as Buffer) : data.toString();
}

/** Codes that no close frame may carry stand for a link that was lost, or for a close without a code. */
function end(socket: WebSocket, code: number, reason: string): void {
  if (code === 1005) socket.close();
  else if (code === 1006) socket.terminate();
  else socket.close(code, reason);
}

function dialUpstream(upstream: string, request: IncomingMessage): WebSocket {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const { origin } = request.headers;
  return new WebSocket(`ws://${new URL(upstream).host}${request.url}`, offered.filter(Boolean), {
    perMessageDeflate: false,
    ...(origin === undefined ? {} : { headers: { origin } }),
  });
}

function relayRefusal(response: IncomingMessage, socket: Duplex): void {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.on('end', () => {
    const head = [
      `HTTP/1.1 ${response.statusCode} ${response.statusMessage}`,
      `Content-Type: ${response.headers['content-type']}`,
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${Buffer.concat(chunks)}`);
  });
}

function httpAddress(upstream: string, request: IncomingMessage): string {
  return `http://${new URL(upstream).host}${request.url}`;
}

function closed(server: Server, sockets: ReadonlySet<Duplex>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}
