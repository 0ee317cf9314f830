/**
 * A connection between a client and a gateway over a faulty network: two lanes and two ends.
 *
 * The ends are told of the end each on its own: a close travels behind what was sent before it, a cut is noticed by
 * each end a moment later, and an end of a dead connection is told nothing at all until its owner gives up.
 */

import type { Encoding, FrameBody } from '@micro-socket/protocol';
import { type AcceptedConnection, bodiesIn, type ConnectionHandler, streamWire } from '@micro-socket/transport';
import type { VirtualTime } from '../time/virtual-time.ts';
import { Lane } from './lane.ts';
import type { Paths } from './paths.ts';

/** How long an end that has closed waits for the other one to agree. */
const CLOSE_TIMEOUT_MS = 2_000;

const HIGH_WATER_BYTES = 2_048;

const takenApart = new WeakMap<Uint8Array, readonly FrameBody[]>();

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export interface SimConnectionOptions {
  readonly id: string;
  readonly time: VirtualTime;
  readonly paths: Paths;
  readonly client: string;
  readonly gateway: string;
  readonly encoding: Encoding;
  /** Hears of every frame that either end gives to the connection, finished buffers taken apart. */
  readonly onSent: (connection: SimConnection, from: 'client' | 'gateway', bodies: readonly FrameBody[]) => void;
  /** Called once for each end, when it has ended. */
  readonly onEndClosed: (connection: SimConnection, which: 'client' | 'gateway') => void;
}

export class SimConnection {
  readonly id: string;
  readonly client: string;
  readonly gateway: string;
  readonly encoding: Encoding;
  readonly clientEnd: SimEnd;
  readonly gatewayEnd: SimEnd;
  readonly #paths: Paths;
  readonly #time: VirtualTime;

  constructor(options: SimConnectionOptions) {
    const { id, time, paths, client, gateway, encoding, onSent, onEndClosed } = options;
    this.id = id;
    this.client = client;
    this.gateway = gateway;
    this.encoding = encoding;
    this.#paths = paths;
    this.#time = time;
    const lane = (from: string, to: string, owner: () => SimEnd) =>
      new Lane({ time, paths, from, to, highWaterBytes: HIGH_WATER_BYTES, onDrained: () => owner().drained() });
    const up = lane(client, gateway, () => this.clientEnd);
    const down = lane(gateway, client, () => this.gatewayEnd);
    this.clientEnd = new SimEnd({
      time,
      encoding,
      remoteAddress: gateway,
      out: up,
      onSent: (bodies) => onSent(this, 'client', bodies),
      onClosed: () => onEndClosed(this, 'client'),
    });
    this.gatewayEnd = new SimEnd({
      time,
      encoding,
      remoteAddress: client,
      out: down,
      onSent: (bodies) => onSent(this, 'gateway', bodies),
      onClosed: () => onEndClosed(this, 'gateway'),
    });
    this.clientEnd.attach(this.gatewayEnd);
    this.gatewayEnd.attach(this.clientEnd);
  }

  get isOver(): boolean {
    return this.clientEnd.isClosed && this.gatewayEnd.isClosed;
  }

  /** Neither end is told, and nothing comes out any more. */
  get isDead(): boolean {
    return this.clientEnd.out.isDead || this.gatewayEnd.out.isDead;
  }

  /** Gives back what it held, when both ends have ended. */
  end(): void {
    this.clientEnd.out.end();
    this.gatewayEnd.out.end();
  }

  /** The connection breaks, and both ends notice. */
  cut(): void {
    for (const end of [this.clientEnd, this.gatewayEnd]) this.#tellLater(end);
  }

  /** Only one end notices; the other one believes that it is connected. */
  cutFor(which: 'client' | 'gateway'): void {
    this.die();
    this.#tellLater(which === 'client' ? this.clientEnd : this.gatewayEnd);
  }

  /** Nobody notices. */
  die(): void {
    this.clientEnd.out.die();
    this.gatewayEnd.out.die();
  }

  /** The gateway's process is gone: its end hears nothing any more, and the client's host is told, if it can be. */
  gatewayGone(): void {
    this.gatewayEnd.vanish();
    if (this.#paths.isOpen(this.gateway, this.client) && !this.isDead) this.#tellLater(this.clientEnd);
    else this.die();
  }

  /** The client's process is gone. */
  clientGone(): void {
    this.clientEnd.vanish();
    if (this.#paths.isOpen(this.client, this.gateway) && !this.isDead) this.#tellLater(this.gatewayEnd);
    else this.die();
  }

  #tellLater(end: SimEnd): void {
    this.#time.after(this.#paths.delayMs(), () => end.endNow(1006, 'The connection was cut.'));
  }
}

interface SimEndOptions {
  readonly time: VirtualTime;
  readonly encoding: Encoding;
  readonly remoteAddress: string;
  readonly out: Lane;
  readonly onSent: (bodies: readonly FrameBody[]) => void;
  readonly onClosed: () => void;
}

/** One end, as its owner sees it. */
export class SimEnd implements AcceptedConnection {
  readonly wire = streamWire;
  readonly encoding: Encoding;
  readonly remoteAddress: string;
  readonly out: Lane;
  readonly #options: SimEndOptions;
  #peer: SimEnd | undefined;
  #handler: ConnectionHandler | undefined;
  #closing = false;
  #closed = false;

  constructor(options: SimEndOptions) {
    this.#options = options;
    this.encoding = options.encoding;
    this.remoteAddress = options.remoteAddress;
    this.out = options.out;
  }

  attach(peer: SimEnd): void {
    this.#peer = peer;
  }

  get bufferedBytes(): number {
    return this.out.bufferedBytes;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  start(handler: ConnectionHandler): void {
    this.#handler = handler;
  }

  send(body: FrameBody): boolean {
    if (this.#closing || this.#closed) return true;
    this.#options.onSent([body]);
    return this.out.give(body.length, () => this.#peer?.take(body));
  }

  write(frames: Uint8Array): boolean {
    if (this.#closing || this.#closed) return true;
    const bodies = this.#bodiesOf(frames);
    this.#options.onSent(bodies);
    return this.out.give(frames.length, () => {
      for (const body of bodies) this.#peer?.take(body);
    });
  }

  close(code: number, reason: string): void {
    if (this.#closing || this.#closed) return;
    this.#closing = true;
    this.out.give(1, () => this.#peer?.closedByPeer(code, reason));
    this.#options.time.after(CLOSE_TIMEOUT_MS, () => this.endNow(code, reason));
  }

  /** The reader takes nothing from now on. */
  pauseReading(): void {
    this.#peer?.out.pause();
  }

  resumeReading(): void {
    this.#peer?.out.resume();
  }

  drained(): void {
    if (!this.#closed) this.#handler?.onWritable();
  }

  take(body: FrameBody): void {
    if (!this.#closed) this.#handler?.onFrame(body);
  }

  /** The other end has closed: this one agrees, and both have ended. */
  closedByPeer(code: number, reason: string): void {
    this.endNow(code, reason);
    this.out.give(1, () => this.#peer?.endNow(code, reason));
  }

  endNow(code: number, reason: string): void {
    if (this.#closed) return;
    this.vanish();
    this.#handler?.onClose(code, reason);
  }

  /** Its process is gone, so nobody is told. */
  vanish(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.onClosed();
  }

  /** Taken apart once for all ends that the same buffer is written to. */
  #bodiesOf(frames: Uint8Array): readonly FrameBody[] {
    const known = takenApart.get(frames);
    if (known !== undefined) return known;
    const bodies = this.encoding === 'json' ? bodiesIn(frames).map((body) => utf8.decode(body)) : bodiesIn(frames);
    takenApart.set(frames, bodies);
    return bodies;
  }
}
