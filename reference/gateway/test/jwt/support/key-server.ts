/** A real HTTP server on this machine that answers with a key set, or with whatever a test wants. */

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export class KeyServer {
  readonly #server: Server;
  /** How many requests came. */
  requests = 0;
  /** What is answered from now on: a value as JSON, or by hand. */
  answer: object | ((response: ServerResponse) => void) = { keys: [] };

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (_request, response) => {
      this.requests += 1;
      if (typeof this.answer === 'function') this.answer(response);
      else response.setHeader('Content-Type', 'application/json').end(JSON.stringify(this.answer));
    });
  }

  static async start(): Promise<KeyServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new KeyServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys.json`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
