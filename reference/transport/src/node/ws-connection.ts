/** An accepted WebSocket as a Connection. `ws` reads and closes; frames are written straight to the TCP socket. */

import type { Duplex } from 'node:stream';
import type { Encoding, FrameBody } from '@micro-socket/protocol';
import type { RawData, WebSocket } from 'ws';
import { shortenedReason } from '../close-code.ts';
import type { AcceptedConnection, ConnectionHandler } from '../ports/connection.ts';
import type { Wire } from '../ports/wire.ts';
import { webSocketWire } from '../websocket/wire.ts';
import { CLOSE_GRACE_MS } from './close-grace.ts';
import { deflateWire } from './deflate-wire.ts';

export class WsConnection implements AcceptedConnection {
  readonly encoding: Encoding;
  readonly wire: Wire;
  readonly remoteAddress: string;
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;

  constructor(webSocket: WebSocket, socket: Duplex, encoding: Encoding, remoteAddress: string) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.encoding = encoding;
    this.wire = isCompressed(webSocket) ? deflateWire(encoding) : webSocketWire(encoding);
    this.remoteAddress = remoteAddress;
    // A broken frame is closed by ws with the code that RFC 6455 gives it; `close` follows and is what counts. This is
    // here and not in `start`, because a connection that is turned away is never started.
    webSocket.on('error', () => {});
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  start(handler: ConnectionHandler): void {
    this.#webSocket.on('message', (data, isBinary) => handler.onFrame(bodyOf(data, isBinary)));
    this.#webSocket.on('close', (code, reason) => handler.onClose(code, reason.toString()));
    this.#socket.on('drain', () => handler.onWritable());
  }

  send(body: FrameBody): boolean {
    return this.write(this.wire.frame(body));
  }

  write(frames: Uint8Array): boolean {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return true;
    return this.#socket.write(frames);
  }

  close(code: number, reason: string): void {
    this.#webSocket.close(code, shortenedReason(reason));
    // A peer that reads nothing would otherwise hold its socket and its buffer for as long as it likes.
    const cut = setTimeout(() => this.#webSocket.terminate(), CLOSE_GRACE_MS);
    cut.unref();
    this.#webSocket.once('close', () => clearTimeout(cut));
  }
}

/** Whether client and server have agreed on permessage-deflate, the only extension that there is. */
function isCompressed({ extensions }: WebSocket): boolean {
  return extensions.includes('permessage-deflate');
}

function bodyOf(data: RawData, isBinary: boolean): FrameBody {
  const bytes = data as Buffer;
  return isBinary ? bytes : bytes.toString('utf8');
}
