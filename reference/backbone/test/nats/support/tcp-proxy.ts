/**
 * What lies between a backbone and its server: a TCP proxy on loopback that can be cut, that can stop passing things on in
 * one direction, that can lose single messages of the server and hold back single ones of the backbone.
 */

import { connect, createServer, type Server, type Socket } from 'node:net';
import { MessageFilter } from './message-filter.ts';

interface Pair {
  /** The side of the backbone. */
  readonly near: Socket;
  /** The side of the server. */
  readonly far: Socket;
}

export class TcpProxy {
  readonly #server: Server;
  readonly #target: () => number;
  readonly #pairs = new Set<Pair>();
  #port = 0;
  #isCut = false;
  /** Messages to subjects that begin so wait on their way to the server. */
  #heldPrefix: string | undefined;
  #held: (() => void)[] = [];
  /** Subjects of messages that are lost. */
  readonly #lost = new Set<string>();
  #lostCount = 0;

  private constructor(target: () => number) {
    this.#target = target;
    this.#server = createServer((near) => this.#join(near));
  }

  /** `target` is the port of what is behind it, at the moment of a connection. */
  static async start(target: () => number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await proxy.#listen(0);
    return proxy;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
  }

  /** How many messages it has lost since `lose`. */
  get lostCount(): number {
    return this.#lostCount;
  }

  /** Ends all connections and takes no new ones. */
  async cut(): Promise<void> {
    this.#isCut = true;
    for (const { near, far } of [...this.#pairs]) {
      near.destroy();
      far.destroy();
    }
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async heal(): Promise<void> {
    if (!this.#isCut) return;
    this.#isCut = false;
    await this.#listen(this.#port);
  }

  /** Takes nothing more from one side, whose buffers fill. */
  stall(side: keyof Pair): void {
    for (const pair of this.#pairs) pair[side].pause();
  }

  resume(): void {
    for (const { near, far } of this.#pairs) {
      near.resume();
      far.resume();
    }
  }

  /** From now on messages with this subject are lost on their way to the backbone; the connection stays whole. */
  lose(subject: string): void {
    this.#lostCount = 0;
    this.#lost.add(subject);
  }

  loseNoMore(): void {
    this.#lost.clear();
  }

  get heldCount(): number {
    return this.#held.length;
  }

  /** From now on messages of the backbone to subjects that begin so wait until `release`. */
  hold(prefix: string): void {
    this.#heldPrefix = prefix;
  }

  release(): void {
    this.#heldPrefix = undefined;
    for (const send of this.#held.splice(0)) send();
  }

  async dispose(): Promise<void> {
    if (!this.#isCut) await this.cut();
  }

  #listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject);
        const address = this.#server.address();
        if (typeof address === 'object' && address !== null) this.#port = address.port;
        resolve();
      });
    });
  }

  #join(near: Socket): void {
    const far = connect(this.#target(), '127.0.0.1');
    const pair = { near, far };
    this.#pairs.add(pair);
    near.setNoDelay(true);
    far.setNoDelay(true);
    const fromServer = new MessageFilter((subject) => {
      const isLost = this.#lost.has(subject);
      if (isLost) this.#lostCount += 1;
      return !isLost;
    });
    const fromBackbone = new MessageFilter((subject, frame) => {
      const isHeld = this.#heldPrefix !== undefined && subject.startsWith(this.#heldPrefix);
      if (isHeld) this.#held.push(() => far.write(frame));
      return !isHeld;
    });
    near.on('data', (data) => {
      for (const frame of fromBackbone.passed(data)) far.write(frame);
    });
    far.on('data', (data) => {
      for (const frame of fromServer.passed(data)) near.write(frame);
    });
    const end = () => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
  }
}
