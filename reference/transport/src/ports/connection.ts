/**
 * The Connection port: the only thing that gateway and client know of a network.
 *
 * Who owns what: the transport frames, orders and carries whole frame bodies, and refuses those beyond
 * `frameBytesReadMax`. Whoever holds the connection owns backpressure: after a `false` the bytes just given will still
 * be sent, and the holder waits for `onWritable` before it gives more. A connection never throws on a lost link; it
 * calls `onClose` once, and ignores what is sent afterwards.
 */

import type { Encoding, FrameBody } from '@micro-socket/protocol';
import type { Wire } from './wire.ts';

export interface ConnectionHandler {
  /** One whole frame body has come. */
  onFrame(body: FrameBody): void;
  /** The peer has caught up after a `false`. */
  onWritable(): void;
  /** The connection has ended, whoever ended it. Called once; nothing follows. */
  onClose(code: number, reason: string): void;
}

/** An open connection as either side sees it. */
export interface Connection {
  readonly encoding: Encoding;
  /** Where the peer is, for people: `127.0.0.1:50312`, `inproc`. */
  readonly remoteAddress: string;
  /** Bytes given that the peer's side of the link has not taken yet. */
  readonly bufferedBytes: number;
  /** Names who is called from now on. Must be called once, in the turn in which the connection was handed over. */
  start(handler: ConnectionHandler): void;
  /** Sends one frame to this peer alone. Returns false when the peer is not keeping up. */
  send(body: FrameBody): boolean;
  /** Ends the connection with a close code of §7 after what was sent has gone out. */
  close(code: number, reason: string): void;
}

/** A connection that a gateway accepted: it also takes finished bytes that are shared by a whole cohort. */
export interface AcceptedConnection extends Connection {
  readonly wire: Wire;
  /** Sends finished frames, one or several in one buffer, made by `wire.frame`. The buffer must not change any more. */
  write(frames: Uint8Array): boolean;
}
