/**
 * A byte stream (TCP, TLS or a Unix socket) as a Connection, after its preface (§3.4). Both sides use it.
 *
 * How it ends. Who closes sends a close record, ends its side of the stream, and goes on reading until the peer has
 * ended too; it is then told its own code. Who receives the record is told at once and ends its side without a record
 * of its own. When both close in the same moment, each is told what the other said. Whatever ends otherwise is 1006.
 * A peer that does not end its side is cut after a grace.
 */

import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import type { Encoding, FrameBody } from '@micro-socket/protocol';
import type { Clock } from '../ports/clock.ts';
import type { AcceptedConnection, ConnectionHandler } from '../ports/connection.ts';
import { closeRecord } from '../stream/close-record.ts';
import { StreamReader } from '../stream/reader.ts';
import { streamWire } from '../stream/wire.ts';
import { cutAfterGrace } from './close-grace.ts';

/** The WebSocket code for text that is not UTF-8: this connection ends as a WebSocket would (RFC 6455 §8.1). */
const NOT_UTF8 = 1007;
const LOST = 1006;

export interface StreamConnectionOptions {
  /** Open, paused, and past its preface. */
  readonly socket: Socket;
  readonly encoding: Encoding;
  readonly remoteAddress: string;
  /** Largest frame that is read at all; beyond it the connection ends with 1009. */
  readonly frameBytesReadMax: number;
  readonly clock: Clock;
}

export class StreamConnection implements AcceptedConnection {
  readonly encoding: Encoding;
  readonly wire = streamWire;
  readonly remoteAddress: string;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #reader: StreamReader;
  #handler: ConnectionHandler | undefined;
  /** What this side has said last, if it closed. */
  #said: { readonly code: number; readonly reason: string } | undefined;
  /** This side sends nothing any more. */
  #ending = false;
  /** The handler has been told of the end, or there is none to tell. */
  #told = false;
  #lostBy = 'The link was lost.';

  constructor({ socket, encoding, remoteAddress, frameBytesReadMax, clock }: StreamConnectionOptions) {
    this.encoding = encoding;
    this.remoteAddress = remoteAddress;
    this.#socket = socket;
    this.#clock = clock;
    this.#reader = new StreamReader(
      {
        onBody: (body) => this.#takeBody(body),
        onCloseRecord: (code, reason) => {
          this.#tell(code, reason);
          this.#end();
        },
        onBroken: (code, problem) => this.#break(code, problem),
      },
      frameBytesReadMax,
    );
    // Here and not in `start`, because a connection that is turned away is never started.
    socket.on('error', (error) => {
      this.#lostBy = `The link was lost: ${error.message}.`;
    });
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  start(handler: ConnectionHandler): void {
    this.#handler = handler;
    const socket = this.#socket;
    socket.on('data', (chunk) => this.#reader.push(chunk));
    socket.on('drain', () => {
      if (!this.#told) handler.onWritable();
    });
    socket.on('end', () => this.#peerEnded());
    socket.on('close', () => this.#tell(LOST, this.#lostBy));
    // A peer can be gone before anyone listened; nothing would say so then.
    if (socket.destroyed) this.#clock.soon(() => this.#tell(LOST, this.#lostBy));
    socket.resume();
  }

  send(body: FrameBody): boolean {
    return this.write(this.wire.frame(body));
  }

  write(frames: Uint8Array): boolean {
    if (this.#ending || this.#told) return true;
    return this.#socket.write(frames);
  }

  close(code: number, reason: string): void {
    if (this.#ending || this.#told) return;
    const record = closeRecord(code, reason);
    this.#said = { code, reason };
    this.#end(record);
  }

  #takeBody(body: Uint8Array): void {
    if (this.encoding === 'msgpack') this.#handler?.onFrame(body);
    else if (isUtf8(body)) this.#handler?.onFrame(textOf(body));
    else this.#break(NOT_UTF8, 'The text of a frame is not UTF-8.');
  }

  /** What the peer sends cannot be read any further; it is told why, where there is a code to tell. */
  #break(code: number, problem: string): void {
    this.#reader.stop();
    this.#tell(code, problem);
    this.#end(code === LOST ? undefined : closeRecord(code, problem));
  }

  #peerEnded(): void {
    if (this.#said !== undefined) this.#tell(this.#said.code, this.#said.reason);
    if (this.#ending) return;
    const where = this.#reader.betweenFrames ? 'without a close record' : 'in the middle of a frame';
    this.#tell(LOST, `The peer ended the stream ${where}.`);
    // Nobody can say whether it still reads.
    this.#socket.destroy();
  }

  /** Ends this side after what was sent, and reads on, so that what is under way does not reset the peer's answer. */
  #end(lastBytes?: Uint8Array): void {
    if (this.#ending) return;
    this.#ending = true;
    if (lastBytes === undefined) this.#socket.end();
    else this.#socket.end(lastBytes);
    this.#socket.resume();
    cutAfterGrace(this.#socket, this.#clock);
  }

  #tell(code: number, reason: string): void {
    if (this.#told) return;
    this.#told = true;
    this.#handler?.onClose(code, reason);
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
