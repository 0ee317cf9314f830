/**
 * Takes a stream of bytes apart into frames and its close record (§3.4). No socket and no text: bytes in, bodies out.
 *
 * Theory of operation. A stream is a row of pieces whose sizes are known before they come: a length, then a body; or
 * the length 0, then the head of a close record, then its reason. The reader waits for one piece at a time. A piece
 * that lies whole inside a chunk is handed on where it lies. One that does not is gathered in a buffer that grows by
 * doubling, so that a peer pays in sent bytes for the memory that it takes, and never by announcing a length.
 *
 * Bodies are views of the chunk: who keeps one beyond the call keeps the chunk too.
 */

import { CLOSE_CODES } from '@micro-socket/protocol';
import { tooBigReason } from '../close-code.ts';
import { CLOSE_HEAD_BYTES, isCloseHead, reasonText } from './close-record.ts';
import { LENGTH_BYTES } from './wire.ts';

/** Hears what a stream says. After `onCloseRecord` or `onBroken` nothing follows. */
export interface StreamSink {
  onBody(body: Uint8Array): void;
  onCloseRecord(code: number, reason: string): void;
  /** The stream cannot be read any further, for a reason that has this close code. */
  onBroken(code: number, problem: string): void;
}

type Piece = 'length' | 'body' | 'close-head' | 'close-reason' | 'nothing';

const GATHERED_BYTES_MIN = 256;
const NO_BYTES = new Uint8Array(0);

const LOST = 1006;

export class StreamReader {
  readonly #sink: StreamSink;
  readonly #frameBytesReadMax: number;
  #expected: Piece = 'length';
  #expectedBytes = LENGTH_BYTES;
  #closeCode = 0;
  #gathered: Uint8Array = NO_BYTES;
  #gatheredBytes = 0;

  constructor(sink: StreamSink, frameBytesReadMax: number) {
    this.#sink = sink;
    this.#frameBytesReadMax = frameBytesReadMax;
  }

  /** True where a stream may end without cutting something in two. */
  get betweenFrames(): boolean {
    return this.#expected === 'length' && this.#gatheredBytes === 0;
  }

  /** Takes the next bytes of the stream, however they were cut. */
  push(chunk: Uint8Array): void {
    let offset = 0;
    while (this.#expected !== 'nothing') {
      const end = offset + this.#expectedBytes - this.#gatheredBytes;
      if (end > chunk.length) {
        this.#gather(chunk.subarray(offset));
        return;
      }
      if (this.#gatheredBytes === 0) {
        this.#take(chunk, offset, end);
      } else {
        this.#gather(chunk.subarray(offset, end));
        const whole = this.#gathered;
        // A body may be kept by whoever it is handed to, so a buffer is never used again.
        this.#gathered = NO_BYTES;
        this.#gatheredBytes = 0;
        this.#take(whole, 0, this.#expectedBytes);
      }
      offset = end;
    }
  }

  /** Reads nothing any more; what is pushed from now on is dropped. */
  stop(): void {
    this.#expected = 'nothing';
    this.#gathered = NO_BYTES;
  }

  #gather(bytes: Uint8Array): void {
    const needed = this.#gatheredBytes + bytes.length;
    if (needed > this.#gathered.length) {
      const roomy = Math.max(needed, 2 * this.#gathered.length, GATHERED_BYTES_MIN);
      const grown = new Uint8Array(Math.min(roomy, this.#expectedBytes));
      grown.set(this.#gathered.subarray(0, this.#gatheredBytes));
      this.#gathered = grown;
    }
    this.#gathered.set(bytes, this.#gatheredBytes);
    this.#gatheredBytes = needed;
  }

  #expect(piece: Piece, bytes: number): void {
    this.#expected = piece;
    this.#expectedBytes = bytes;
  }

  /** One whole piece has come: the bytes from `start` to `end`. */
  #take(bytes: Uint8Array, start: number, end: number): void {
    switch (this.#expected) {
      case 'length':
        this.#takeLength(uint16(bytes, start) * 65_536 + uint16(bytes, start + 2));
        break;
      case 'body':
        this.#expect('length', LENGTH_BYTES);
        this.#sink.onBody(bytes.subarray(start, end));
        break;
      case 'close-head':
        this.#takeCloseHead(uint16(bytes, start), uint16(bytes, start + 2));
        break;
      case 'close-reason':
        this.#takeReason(reasonText(bytes.subarray(start, end)));
        break;
    }
  }

  #takeLength(length: number): void {
    if (length === 0) {
      this.#expect('close-head', CLOSE_HEAD_BYTES);
    } else if (length > this.#frameBytesReadMax) {
      this.stop();
      this.#sink.onBroken(CLOSE_CODES.MESSAGE_TOO_BIG.code, tooBigReason(this.#frameBytesReadMax));
    } else {
      this.#expect('body', length);
    }
  }

  #takeCloseHead(code: number, reasonBytes: number): void {
    if (isCloseHead(code, reasonBytes)) {
      this.#closeCode = code;
      this.#expect('close-reason', reasonBytes);
    } else {
      this.stop();
      this.#sink.onBroken(LOST, 'The close record is malformed.');
    }
  }

  #takeReason(reason: string | undefined): void {
    this.stop();
    if (reason === undefined) this.#sink.onBroken(LOST, 'The close record is malformed.');
    else this.#sink.onCloseRecord(this.#closeCode, reason);
  }
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
