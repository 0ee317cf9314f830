import type { FrameBody } from '@micro-socket/protocol';
import type { AcceptedConnection, ConnectionHandler, InprocEnd } from '@micro-socket/transport';

/** A connection that passes everything on and remembers the shared buffers that were written to it. */
export class RecordingConnection implements AcceptedConnection {
  /** Every buffer given to `write`, the very object. */
  readonly writes: Uint8Array[] = [];
  sends = 0;
  readonly #inner: InprocEnd;

  constructor(inner: InprocEnd) {
    this.#inner = inner;
  }

  get encoding() {
    return this.#inner.encoding;
  }

  get wire() {
    return this.#inner.wire;
  }

  get remoteAddress() {
    return this.#inner.remoteAddress;
  }

  get bufferedBytes() {
    return this.#inner.bufferedBytes;
  }

  start(handler: ConnectionHandler): void {
    this.#inner.start(handler);
  }

  send(body: FrameBody): boolean {
    this.sends += 1;
    return this.#inner.send(body);
  }

  write(frames: Uint8Array): boolean {
    this.writes.push(frames);
    return this.#inner.write(frames);
  }

  close(code: number, reason: string): void {
    this.#inner.close(code, reason);
  }
}
