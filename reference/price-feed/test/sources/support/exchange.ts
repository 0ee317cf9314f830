/** A real WebSocket server on a free port of this machine that says what a test wants an exchange to say. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export class Exchange {
  readonly connections: WebSocket[] = [];
  /** Paths with their queries, by connection. */
  readonly paths: string[] = [];
  readonly port: number;
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (connection, { url = '' }) => {
      this.connections.push(connection);
      this.paths.push(url);
    });
  }

  static async opened(port = 0): Promise<Exchange> {
    const server = new WebSocketServer({ host: '127.0.0.1', port });
    await once(server, 'listening');
    return new Exchange(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** The connection of this number, from 0 on, as soon as it is there. */
  async connection(index: number): Promise<WebSocket> {
    while (this.connections.length <= index) await once(this.#server, 'connection');
    return this.connections[index] as WebSocket;
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The lines of a file of messages in `test/fixtures`. */
export function messagesOf(name: string): string[] {
  const text = readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), 'utf8');
  return text.split('\n').filter((line) => line !== '');
}
