/**
 * A WebSocket whose reader can stop, so that a check can be a slow reader. The Connection port has no such thing, because
 * no client wants it; only the checks of slow readers use this, and so they are made over WebSockets only.
 */

import { type Encoding, type FrameBody, subprotocolOf } from '@micro-socket/protocol';
import type { Connection, ConnectionHandler } from '@micro-socket/transport';
import { WebSocket } from 'ws';

export class PausableConnection implements Connection {
  readonly encoding: Encoding;
  readonly remoteAddress: string;
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket, encoding: Encoding) {
    this.#socket = socket;
    this.encoding = encoding;
    this.remoteAddress = socket.url;
  }

  /** Connects to a `ws` or `wss` address. Rejects when nobody answers there. */
  static async dial(address: string, encoding: Encoding, ca: string | undefined): Promise<PausableConnection> {
    const options = { perMessageDeflate: false, ...(ca === undefined ? {} : { ca }) };
    const socket = new WebSocket(address, [subprotocolOf(encoding)], options);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return new PausableConnection(socket, encoding);
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  start(handler: ConnectionHandler): void {
    this.#socket.on('message', (data, isBinary) =>
      handler.onFrame(isBinary ? new Uint8Array(data as Buffer) : data.toString()),
    );
    this.#socket.on('close', (code, reason) => handler.onClose(code, reason.toString()));
    this.#socket.on('error', () => {});
  }

  send(body: FrameBody): boolean {
    this.#socket.send(body);
    return true;
  }

  close(code: number, reason: string): void {
    // A paused socket would never read the answer to its close.
    this.#socket.resume();
    this.#socket.close(code, reason);
  }

  /** Stops to read, so that the gateway's side fills up once the kernel's buffers have. */
  pauseReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }
}
