/** A TCP proxy on this machine that cuts what goes through it when a test says so. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class CuttingProxy {
  readonly #server: Server;
  #sockets: Socket[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  /** A proxy to a port of this machine. */
  static async to(port: number): Promise<CuttingProxy> {
    const server = createServer();
    const proxy = new CuttingProxy(server);
    server.on('connection', (client) => proxy.#join(client, connect(port, '127.0.0.1')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection without a word, as a pulled cable does. */
  cut(): void {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, gateway: Socket): void {
    for (const socket of [client, gateway]) socket.on('error', () => {});
    client.pipe(gateway).pipe(client);
    this.#sockets.push(client, gateway);
  }
}
