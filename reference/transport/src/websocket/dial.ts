/**
 * The dialling side of a WebSocket, over any implementation of the standard's class: a browser's own, or the package
 * `ws` on Node. It holds no socket of its own and opens none until it is called.
 */

import { type Encoding, encodingOf, type FrameBody, subprotocolOf } from '@micro-socket/protocol';
import { DialError } from '../errors.ts';
import type { Connection, ConnectionHandler } from '../ports/connection.ts';

/** What is needed of the standard's `WebSocket`. */
export interface WebSocketLike {
  binaryType: string;
  readonly protocol: string;
  readonly bufferedAmount: number;
  readonly readyState: number;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
}

/** Opens a socket; `ws` and browsers both fit. */
export type OpenWebSocket = (address: string, subprotocols: string[]) => WebSocketLike;

const OPEN = 1;

/**
 * Dials `address` and resolves when the gateway has accepted the subprotocol. Rejects with `DialError` when nobody
 * answers there, or when the gateway refuses the upgrade.
 */
export function dialWebSocket(open: OpenWebSocket, address: string, encoding: Encoding): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = open(address, [subprotocolOf(encoding)]);
    socket.binaryType = 'arraybuffer';
    let reason = 'the connection was refused';
    socket.onerror = (event: { message?: string }) => {
      reason = event.message || reason;
    };
    socket.onclose = () => reject(new DialError(address, reason));
    socket.onopen = () => {
      if (encodingOf(socket.protocol) === encoding) resolve(new DialledConnection(socket, encoding, address));
      else reject(new DialError(address, `it does not speak ${subprotocolOf(encoding)}`));
    };
  });
}

class DialledConnection implements Connection {
  readonly encoding: Encoding;
  readonly remoteAddress: string;
  readonly #socket: WebSocketLike;

  constructor(socket: WebSocketLike, encoding: Encoding, address: string) {
    this.#socket = socket;
    this.encoding = encoding;
    this.remoteAddress = address;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  start(handler: ConnectionHandler): void {
    this.#socket.onmessage = (event: { data: string | ArrayBuffer }) => {
      handler.onFrame(typeof event.data === 'string' ? event.data : new Uint8Array(event.data));
    };
    this.#socket.onclose = (event: { code: number; reason: string }) => handler.onClose(event.code, event.reason);
  }

  /** The standard's WebSocket tells of no drain, so the caller bounds itself by `bufferedBytes`. */
  send(body: FrameBody): boolean {
    if (this.#socket.readyState === OPEN) this.#socket.send(body);
    return true;
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }
}
