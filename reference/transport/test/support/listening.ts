/** A real WebSocket listener on a free port of this machine, and what comes in there. */

import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { AcceptedConnection } from '../../src/index.ts';
import { listenWebSocket, type WsListenerOptions } from '../../src/node/index.ts';

export interface Listening {
  readonly port: number;
  readonly address: string;
  /** TCP sockets of the server that are open. */
  readonly sockets: ReadonlySet<Socket>;
  /** Resolves with the next accepted connection. */
  next(): Promise<AcceptedConnection>;
  close(): Promise<void>;
}

export async function listening(options: Partial<WsListenerOptions> = {}): Promise<Listening> {
  const server = createServer();
  const sockets = new Set<Socket>();
  const accepted: AcceptedConnection[] = [];
  const takers: ((connection: AcceptedConnection) => void)[] = [];
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  listenWebSocket({
    server,
    path: '/ws',
    frameBytesReadMax: 1_048_576,
    allowsOrigin: () => true,
    onConnection(connection) {
      const taker = takers.shift();
      if (taker === undefined) accepted.push(connection);
      else taker(connection);
    },
    ...options,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    address: `ws://127.0.0.1:${port}/ws`,
    sockets,
    next: () =>
      new Promise((resolve) => {
        const connection = accepted.shift();
        if (connection === undefined) takers.push(resolve);
        else resolve(connection);
      }),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
