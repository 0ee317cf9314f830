/**
 * The dialling side of a WebSocket, over any implementation of the standard's class: a browser's own, or the package
 * `ws` on Node. It holds no socket of its own and opens none until it is called.
 */

import { type Encoding, encodingOf, type FrameBody, subprotocolOf } from '@micro-socket/protocol';
import { shortenedReason } from '../close-code.ts';
import { DialError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
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

/** What is known of a socket that failed; browsers say nothing. */
export interface WebSocketFailure {
  readonly message?: string;
  readonly error?: Error;
}

/** Opens a socket; `ws` and browsers both fit. */
export type OpenWebSocket = (address: string, subprotocols: string[]) => WebSocketLike;

const OPEN = 1;

export interface DialWebSocketOptions {
  readonly clock: Clock;
  /** How long the gateway may take to accept, in milliseconds. */
  readonly timeoutMs: number;
  /** Puts what is known of a failure into words. Default: its message, if it has one. */
  readonly wordsFor?: (failure: WebSocketFailure) => string | undefined;
}

/**
 * Dials `address` and resolves when the gateway has accepted the subprotocol. Rejects with `DialError` when nobody
 * answers there in time, or when the gateway refuses the upgrade.
 */
export function dialWebSocket(
  open: OpenWebSocket,
  address: string,
  encoding: Encoding,
  { clock, timeoutMs, wordsFor = ({ message }) => message }: DialWebSocketOptions,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = open(address, [subprotocolOf(encoding)]);
    socket.binaryType = 'arraybuffer';
    let reason = 'the connection was refused';
    const refuse = (problem: string) => {
      timer.cancel();
      reject(new DialError(address, problem));
    };
    const timer = clock.after(timeoutMs, () => {
      refuse(`nobody accepted the connection within ${timeoutMs} ms`);
      socket.close();
    });
    socket.onerror = (failure: WebSocketFailure) => {
      reason = wordsFor(failure) || reason;
    };
    socket.onclose = () => refuse(reason);
    socket.onopen = () => {
      if (encodingOf(socket.protocol) !== encoding) {
        refuse(`it does not speak ${subprotocolOf(encoding)}`);
        socket.close();
        return;
      }
      timer.cancel();
      resolve(new DialledConnection(socket, encoding, address));
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
    this.#socket.close(code, shortenedReason(reason));
  }
}
