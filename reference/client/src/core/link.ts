/**
 * One connection as the client uses it: frames instead of bytes, and an end that is always told.
 *
 * A link lives as long as its connection and is never used again; what outlives it is kept elsewhere. It does not know
 * what the frames mean.
 */

import {
  bodyBytes,
  type ClientFrame,
  type Codec,
  codecFor,
  type FrameBody,
  type GatewayFrame,
  ProtocolError,
  type ReadyFrame,
} from '@micro-socket/protocol';
import type { Clock, Connection, ConnectionHandler, Timer } from '@micro-socket/transport';
import { TIMER_MS_MAX } from './bound.ts';

export interface LinkHandler {
  onFrame(frame: GatewayFrame): void;
  /** A frame came that is none of the protocol. It counts as not sent. */
  onUnreadable(error: Error): void;
  onWritable(): void;
  /** The connection has ended, whoever ended it. Called once; nothing follows. */
  onLost(code: number, reason: string): void;
}

export class Link implements ConnectionHandler {
  readonly #connection: Connection;
  readonly #codec: Codec;
  readonly #clock: Clock;
  readonly #handler: LinkHandler;
  #frameBytesMax: number | undefined;
  #heardAt: number;
  #watchdog: Timer | undefined;
  #over = false;

  /** Must be made in the turn in which the connection was handed over. */
  constructor(connection: Connection, clock: Clock, handler: LinkHandler) {
    this.#connection = connection;
    this.#codec = codecFor(connection.encoding);
    this.#clock = clock;
    this.#handler = handler;
    this.#heardAt = clock.now();
    connection.start(this);
  }

  /** When the gateway was last heard of, in milliseconds since 1970. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Bytes that were sent and have not left yet. */
  get bufferedBytes(): number {
    return this.#connection.bufferedBytes;
  }

  /** From now on the gateway's limits and its heartbeat count. */
  accept({ heartbeatMs, limits }: ReadyFrame): void {
    this.#frameBytesMax = limits.frameBytesMax;
    if (heartbeatMs > 0) this.#watch(Math.min(heartbeatMs * 2, TIMER_MS_MAX));
  }

  encode(frame: ClientFrame): FrameBody {
    return this.#codec.encode(frame);
  }

  /** Throws `ProtocolError` with FRAME_TOO_LARGE; a lost link is not an error here, because `onLost` tells it. */
  send(frame: ClientFrame): void {
    this.sendBody(this.encode(frame));
  }

  /** Sends a frame that was encoded before. Throws as `send` does. */
  sendBody(body: FrameBody): void {
    // A frame that is too large is not decoded by the gateway, so its error could not name the request.
    const bytesMax = this.#frameBytesMax;
    if (bytesMax !== undefined && bodyBytes(body, bytesMax) > bytesMax) {
      throw new ProtocolError('FRAME_TOO_LARGE', `The frame has more than ${bytesMax} bytes (frameBytesMax).`);
    }
    if (!this.#over) this.#connection.send(body);
  }

  /** Ends the connection after what was sent has gone out; `onLost` tells when it has ended. */
  close(code: number, reason: string): void {
    this.#connection.close(code, reason);
  }

  /** Ends the connection without waiting for that, and tells nobody. */
  abandon(): void {
    this.#end();
    this.#connection.close(1000, '');
  }

  onFrame(body: FrameBody): void {
    if (this.#over) return;
    this.#heardAt = this.#clock.now();
    let frame: GatewayFrame;
    try {
      frame = this.#codec.decode(body, 'gateway');
    } catch (error) {
      this.#handler.onUnreadable(error as Error);
      return;
    }
    this.#handler.onFrame(frame);
  }

  onWritable(): void {
    if (!this.#over) this.#handler.onWritable();
  }

  onClose(code: number, reason: string): void {
    if (this.#over) return;
    this.#end();
    this.#handler.onLost(code, reason);
  }

  /**
   * Gives up a gateway that has said nothing for two heartbeats: a quiet client is pinged after one, and a busy one
   * gets answers. Without this a half-open link would leave every call waiting.
   */
  #watch(silentMsMax: number): void {
    const leftMs = this.#heardAt + silentMsMax - this.#clock.now();
    if (leftMs > 0) {
      this.#watchdog = this.#clock.after(leftMs, () => this.#watch(silentMsMax));
      return;
    }
    this.onClose(1006, `the gateway was silent for ${silentMsMax} ms`);
    this.#connection.close(1000, '');
  }

  #end(): void {
    this.#over = true;
    this.#watchdog?.cancel();
  }
}
