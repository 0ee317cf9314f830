/**
 * The way out of one connection, shared by its session and its members in sub-sockets.
 *
 * It remembers whether the peer keeps up. While it does not, shared messages wait in their rings, at no cost here;
 * answers to the peer's own requests still go out, and their unsent bytes are bounded by `sendBufferBytesMax`.
 */

import { type Codec, codecFor, type GatewayFrame } from '@micro-socket/protocol';
import type { AcceptedConnection } from '@micro-socket/transport';

export class Outlet {
  readonly codec: Codec;
  readonly #connection: AcceptedConnection;
  #full = false;
  #waiting: (() => void)[] = [];

  constructor(connection: AcceptedConnection) {
    this.#connection = connection;
    this.codec = codecFor(connection.encoding);
  }

  get wire() {
    return this.#connection.wire;
  }

  /** True while the peer is not keeping up. */
  get full(): boolean {
    return this.#full;
  }

  get bufferedBytes(): number {
    return this.#connection.bufferedBytes;
  }

  /** Sends a frame that is for this peer alone. */
  send(frame: GatewayFrame): void {
    if (!this.#connection.send(this.codec.encode(frame))) this.#full = true;
  }

  /** Writes finished, shared frames. They are on their way even when the answer is false. */
  write(frames: Uint8Array): boolean {
    if (!this.#connection.write(frames)) this.#full = true;
    return !this.#full;
  }

  /** The peer has caught up. */
  drained(): void {
    this.#full = false;
    this.ended();
  }

  /** Resolves when the peer keeps up, or when there is no peer any more. */
  keepsUp(): Promise<void> {
    return this.#full ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }

  /** Nobody waits for this peer any longer. */
  ended(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  close(code: number, reason: string): void {
    this.#connection.close(code, reason);
  }
}
