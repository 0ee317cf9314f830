/**
 * A connection that the screen can look into and cut.
 *
 * The client API tells what became of a subscription, but not how far it was behind; the `subscribed` frame does (§5.2).
 * So frames are looked at, and passed on unchanged, until those that are expected have come.
 */

import { codecFor, type FrameBody, type SubscribedFrame } from '@micro-socket/protocol';
import type { Connection, ConnectionHandler } from '@micro-socket/transport';

/** How many frames are looked at while a `subscribed` is expected. It ends what would never end, and judges nothing. */
const LOOKED_AT_MAX = 50_000;

/** What a link that breaks tells both ends (RFC 6455, section 7.4.1). */
const CUT_CODE = 1006;

export interface TapHandler {
  onSubscribed(frame: SubscribedFrame): void;
  /** A frame has been given to the client. */
  onTaken?(): void;
  onEnded?(): void;
}

export class TappedConnection implements Connection {
  readonly #inner: Connection;
  readonly #tap: TapHandler;
  readonly #end: () => void;
  #handler: ConnectionHandler | undefined;
  #expected: number;
  #lookedAt = 0;
  #isOver = false;

  /** `expected`: how many `subscribed` frames are to come. `end` breaks the link below. */
  constructor(inner: Connection, tap: TapHandler, { expected, end }: { expected: number; end: () => void }) {
    this.#inner = inner;
    this.#tap = tap;
    this.#expected = expected;
    this.#end = end;
  }

  get encoding() {
    return this.#inner.encoding;
  }

  get remoteAddress(): string {
    return this.#inner.remoteAddress;
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes;
  }

  start(handler: ConnectionHandler): void {
    this.#handler = handler;
    this.#inner.start({
      onFrame: (body) => this.#take(body),
      onWritable: () => handler.onWritable(),
      onClose: (code, reason) => this.#over(code, reason),
    });
  }

  send(body: FrameBody): boolean {
    return this.#inner.send(body);
  }

  close(code: number, reason: string): void {
    this.#inner.close(code, reason);
  }

  /** So many `subscribed` frames more are to come. */
  expect(count: number): void {
    this.#expected += count;
    this.#lookedAt = 0;
  }

  /** Breaks the link. The client is told at once, as it would be of a cable that is pulled. */
  cut(): void {
    this.#end();
    this.#over(CUT_CODE, 'The connection was cut.');
  }

  #take(body: FrameBody): void {
    if (this.#isOver) return;
    if (this.#expected > 0 && this.#lookedAt < LOOKED_AT_MAX) this.#look(body);
    this.#handler?.onFrame(body);
    this.#tap.onTaken?.();
  }

  #look(body: FrameBody): void {
    this.#lookedAt += 1;
    const frame = codecFor(this.encoding).decode(body, 'gateway');
    if (frame.type !== 'subscribed') return;
    this.#expected -= 1;
    this.#tap.onSubscribed(frame);
  }

  #over(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tap.onEnded?.();
    this.#handler?.onClose(code, reason);
  }
}
