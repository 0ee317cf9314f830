/** What lies between a backbone and its server: a TCP proxy on loopback that can be cut, and that can stop reading. */

import { connect, createServer, type Server, type Socket } from 'node:net';

export class TcpProxy {
  readonly #server: Server;
  readonly #target: () => number;
  readonly #pairs = new Set<readonly [near: Socket, far: Socket]>();
  #port = 0;
  #isCut = false;

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

  get connectionCount(): number {
    return this.#pairs.size;
  }

  /** Ends all connections and takes no new ones. */
  async cut(): Promise<void> {
    this.#isCut = true;
    for (const pair of [...this.#pairs]) for (const socket of pair) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async heal(): Promise<void> {
    if (!this.#isCut) return;
    this.#isCut = false;
    await this.#listen(this.#port);
  }

  /** Takes nothing more from the server, whose buffers fill. */
  stall(): void {
    for (const [, far] of this.#pairs) far.pause();
  }

  resume(): void {
    for (const [, far] of this.#pairs) far.resume();
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
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    near.setNoDelay(true);
    far.setNoDelay(true);
    near.on('data', (data) => far.write(data));
    far.on('data', (data) => near.write(data));
    const end = () => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of pair) socket.on('error', end).on('close', end);
  }
}
