/**
 * A TCP proxy that breaks the link between two programs in the ways in which networks do.
 *
 * It carries bytes and knows nothing of what they mean. Each connection that comes makes one to the other side; the two
 * and what is on its way between them are a *link*. Nothing is ever lost, doubled or reordered inside a link, as with
 * TCP: it is held, or it ends.
 */

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Bytes of one direction that wait for their time, beyond which nothing more is read. */
const HELD_BYTES_MAX = 1_048_576;

const HOST = '127.0.0.1';

export interface FaultProxyOptions {
  /** Where it listens on this machine. Default: a free port. */
  readonly port?: number;
  /** The port of this machine that it leads to. */
  readonly to: number;
}

export class FaultProxy {
  readonly port: number;
  readonly #to: number;
  readonly #links = new Set<Link>();
  #server: Server;
  #delayMs = 0;
  #isStalled = false;

  private constructor(server: Server, port: number, to: number) {
    this.#server = server;
    this.port = port;
    this.#to = to;
    this.#serve(server);
  }

  /** Listens. Rejects where the port cannot be had. */
  static async start({ port = 0, to }: FaultProxyOptions): Promise<FaultProxy> {
    const server = await listening(port);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
    return new FaultProxy(server, address.port, to);
  }

  /** Links that are there now, dead ones included. */
  get links(): number {
    return this.#links.size;
  }

  /** Ends every link at once, and both sides are told. New ones are made. */
  cut(): void {
    for (const link of [...this.#links]) link.reset();
  }

  /** As `cut`, and nobody gets in until `heal`. */
  async refuse(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : [];
    this.#server.close();
    this.cut();
    await closed;
  }

  /** From now on everything takes this much longer, in milliseconds. */
  delay(ms: number): void {
    this.#delayMs = ms;
    for (const link of this.#links) link.delayMs = ms;
  }

  /** Nothing passes, and nobody is told. With `heal` everything that was held goes on. */
  stall(): void {
    this.#isStalled = true;
    for (const link of this.#links) link.stall();
  }

  /** The links that are there now are dead for good, and nobody is told: half-open connections. New ones are made. */
  strand(): void {
    for (const link of this.#links) link.strand();
  }

  /** Takes back everything but what has ended or is stranded. Rejects where the port is not to be had again. */
  async heal(): Promise<void> {
    this.delay(0);
    this.#isStalled = false;
    for (const link of this.#links) link.go();
    if (this.#server.listening) return;
    this.#server = await listening(this.port);
    this.#serve(this.#server);
  }

  /** Ends the links that are stranded; whoever still holds one is told. */
  sweep(): void {
    for (const link of [...this.#links]) if (link.isStranded) link.reset();
  }

  async close(): Promise<void> {
    await this.refuse();
  }

  #serve(server: Server): void {
    server.on('connection', (near) => {
      const link = new Link(near, this.#to, (over) => this.#links.delete(over));
      link.delayMs = this.#delayMs;
      this.#links.add(link);
      if (!this.#isStalled) link.go();
    });
  }
}

async function listening(port: number): Promise<Server> {
  // Half-closed connections are passed on as they are.
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.listen(port, HOST);
  await once(server, 'listening');
  return server;
}

/** Two connections and what passes between them. It begins stalled. */
class Link {
  delayMs = 0;
  readonly #near: Socket;
  readonly #to: number;
  readonly #onOver: (link: Link) => void;
  #far: Socket | undefined;
  #flows: readonly Flow[] = [];
  #isStranded = false;
  #isOver = false;

  constructor(near: Socket, to: number, onOver: (link: Link) => void) {
    this.#near = near;
    this.#to = to;
    this.#onOver = onOver;
    near.pause();
    this.#watch(near);
  }

  get isStranded(): boolean {
    return this.#isStranded;
  }

  go(): void {
    if (this.#isStranded || this.#isOver) return;
    if (this.#far === undefined) this.#dial();
    for (const flow of this.#flows) flow.go();
  }

  stall(): void {
    for (const flow of this.#flows) flow.stall();
  }

  strand(): void {
    this.#isStranded = true;
    this.stall();
  }

  reset(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const flow of this.#flows) flow.end();
    for (const socket of [this.#near, this.#far]) socket?.resetAndDestroy();
    this.#onOver(this);
  }

  #dial(): void {
    const far = connect({ port: this.#to, host: HOST, allowHalfOpen: true, noDelay: true });
    this.#far = far;
    this.#watch(far);
    const delayMs = () => this.delayMs;
    this.#flows = [new Flow(this.#near, far, delayMs), new Flow(far, this.#near, delayMs)];
  }

  /** A side that is gone takes the other one with it. While nothing passes nobody hears of that. */
  #watch(socket: Socket): void {
    // 'close' follows, and what is wrong with a connection is not the proxy's matter.
    socket.on('error', () => {});
    socket.once('close', () => {
      const isWhole = this.#flows.length > 0 && this.#flows.every(({ hasEnded }) => hasEnded);
      if (!isWhole) this.reset();
      else this.#over();
    });
  }

  #over(): void {
    if (this.#isOver || !this.#near.destroyed || this.#far?.destroyed === false) return;
    this.#isOver = true;
    this.#onOver(this);
  }
}

interface Held {
  /** `undefined`: the side that sent has said that it will send no more. */
  readonly bytes: Buffer | undefined;
  readonly dueAt: number;
}

/** One direction of a link. */
class Flow {
  readonly #from: Socket;
  readonly #into: Socket;
  readonly #delayMs: () => number;
  readonly #held: Held[] = [];
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #isStalled = false;
  #isFull = false;
  #hasEnded = false;

  constructor(from: Socket, into: Socket, delayMs: () => number) {
    this.#from = from;
    this.#into = into;
    this.#delayMs = delayMs;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.once('end', () => this.#take(undefined));
    into.on('drain', () => {
      this.#isFull = false;
      this.#pump();
    });
    from.resume();
  }

  /** Whether the end of what there is to send has been passed on. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  stall(): void {
    this.#isStalled = true;
    this.#from.pause();
  }

  go(): void {
    this.#isStalled = false;
    this.#pump();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#isStalled = true;
    this.#held.length = 0;
  }

  #take(bytes: Buffer | undefined): void {
    // A delay that becomes shorter lets nothing overtake.
    const dueAt = Math.max(performance.now() + this.#delayMs(), this.#held.at(-1)?.dueAt ?? 0);
    this.#held.push({ bytes, dueAt });
    this.#heldBytes += bytes?.length ?? 0;
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#isStalled) return;
    const now = performance.now();
    for (let next = this.#held[0]; next !== undefined && !this.#isFull; next = this.#held[0]) {
      if (next.dueAt > now) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(next.dueAt - now));
        break;
      }
      this.#held.shift();
      this.#pass(next.bytes);
    }
    if (this.#heldBytes > HELD_BYTES_MAX || this.#isFull) this.#from.pause();
    else this.#from.resume();
  }

  #pass(bytes: Buffer | undefined): void {
    if (bytes === undefined) {
      this.#hasEnded = true;
      this.#into.end();
      return;
    }
    this.#heldBytes -= bytes.length;
    this.#isFull = !this.#into.write(bytes);
  }
}
