/**
 * Two ends of a connection in one process: the same port as a socket, without a network.
 *
 * Bytes given at one end are delivered at the other at the end of the turn, in order. A reader can pause, and then the
 * sender sees backpressure exactly as with a socket whose buffer is full.
 */

import { CLOSE_CODES, type Encoding, type FrameBody } from '@micro-socket/protocol';
import { shortenedReason, tooBigReason } from '../close-code.ts';
import type { Clock } from '../ports/clock.ts';
import type { AcceptedConnection, ConnectionHandler } from '../ports/connection.ts';
import { bodiesIn, streamWire } from '../stream/wire.ts';

export interface InprocOptions {
  readonly clock: Clock;
  readonly encoding: Encoding;
  /** Unread bytes at which `write` starts to return false. */
  readonly highWaterBytes?: number;
  /** Largest frame that the gateway's end takes; beyond it the connection ends with 1009. Default: any. */
  readonly frameBytesReadMax?: number;
  /** Called once, when both ends have been told of the end. */
  readonly onEnd?: () => void;
}

// A byte order mark is a character like any other here: what comes out is what went in.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** One end; its reader can be paused, which a test or a simulation uses to be slow. */
export class InprocEnd implements AcceptedConnection {
  readonly wire = streamWire;
  readonly encoding: Encoding;
  readonly remoteAddress = 'inproc';
  readonly #clock: Clock;
  readonly #highWaterBytes: number;
  readonly #frameBytesReadMax: number;
  readonly #onEnd: () => void;
  readonly #outbox: Uint8Array[] = [];
  #peer: InprocEnd | undefined;
  #handler: ConnectionHandler | undefined;
  #buffered = 0;
  #wasFull = false;
  #paused = false;
  #scheduled = false;
  #closing: { code: number; reason: string } | undefined;
  #closed = false;

  constructor(options: InprocOptions) {
    this.#clock = options.clock;
    this.encoding = options.encoding;
    this.#highWaterBytes = options.highWaterBytes ?? 16_384;
    this.#frameBytesReadMax = options.frameBytesReadMax ?? Number.POSITIVE_INFINITY;
    this.#onEnd = options.onEnd ?? (() => {});
  }

  /** Joins two ends. Called once by `inprocPair`. */
  attach(peer: InprocEnd): void {
    this.#peer = peer;
  }

  get bufferedBytes(): number {
    return this.#buffered;
  }

  start(handler: ConnectionHandler): void {
    this.#handler = handler;
  }

  send(body: FrameBody): boolean {
    return this.write(this.wire.frame(body));
  }

  write(frames: Uint8Array): boolean {
    if (this.#closing !== undefined || this.#closed) return true;
    this.#outbox.push(frames);
    this.#buffered += frames.length;
    this.#schedule();
    this.#wasFull ||= this.#buffered >= this.#highWaterBytes;
    return !this.#wasFull;
  }

  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closing ??= { code, reason: shortenedReason(reason) };
    this.#schedule();
  }

  /** Ends the connection as a link that breaks: both ends are told 1006, and what was under way is lost. */
  cut(): void {
    const peer = this.#peer;
    if (peer !== undefined) this.#clock.soon(() => this.#end(peer, 1006, 'The connection was cut.'));
  }

  /** Stops taking what the peer sends, as a process that does not read its socket. */
  pauseReading(): void {
    this.#paused = true;
  }

  resumeReading(): void {
    this.#paused = false;
    if (this.#peer !== undefined) this.#peer.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.soon(() => this.#deliver());
  }

  #deliver(): void {
    this.#scheduled = false;
    const peer = this.#peer;
    if (peer === undefined || this.#closed) return;
    while (!peer.#paused && this.#outbox.length > 0) {
      const frames = this.#outbox.shift() as Uint8Array;
      this.#buffered -= frames.length;
      if (!this.#hand(frames, peer)) return;
    }
    this.#tellWritable();
    // A closed link does not wait for a reader that has stopped reading.
    if (this.#closing !== undefined && (this.#outbox.length === 0 || peer.#paused)) {
      this.#end(peer, this.#closing.code, this.#closing.reason);
    }
  }

  /** Hands the bodies of one buffer over. Answers false when one is too big for the peer, which ends the connection. */
  #hand(frames: Uint8Array, peer: InprocEnd): boolean {
    for (const body of bodiesIn(frames)) {
      if (body.length > peer.#frameBytesReadMax) {
        this.#end(peer, CLOSE_CODES.MESSAGE_TOO_BIG.code, tooBigReason(peer.#frameBytesReadMax));
        return false;
      }
      peer.#handler?.onFrame(this.encoding === 'json' ? utf8.decode(body) : body);
    }
    return true;
  }

  #tellWritable(): void {
    if (!this.#wasFull || this.#buffered > 0) return;
    this.#wasFull = false;
    this.#handler?.onWritable();
  }

  #end(peer: InprocEnd, code: number, reason: string): void {
    if (this.#closed) return;
    for (const end of [peer, this]) end.#closed = true;
    for (const end of [peer, this]) end.#handler?.onClose(code, reason);
    this.#onEnd();
  }
}

/** The two ends of a new connection: the client's, and the one to hand to a gateway. */
export function inprocPair(options: InprocOptions): { client: InprocEnd; gateway: InprocEnd } {
  const client = new InprocEnd({ ...options, frameBytesReadMax: Number.POSITIVE_INFINITY });
  const gateway = new InprocEnd(options);
  client.attach(gateway);
  gateway.attach(client);
  return { client, gateway };
}
