/** A real WebSocket listener on a free port of this machine, and what comes in there. */

import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { AcceptedConnection } from '../../src/index.ts';
import { listenWebSocket, type WsListenerOptions } from '../../src/node/index.ts';
import { identity } from './identity.ts';
import { Inbox } from './inbox.ts';

export interface Listening {
  readonly port: number;
  readonly address: string;
  /** TCP sockets of the server that are open. */
  readonly sockets: ReadonlySet<Socket>;
  /** Resolves with the next accepted connection. */
  next(): Promise<AcceptedConnection>;
  close(): Promise<void>;
}

export async function listening(
  options: Partial<WsListenerOptions> = {},
  scheme: 'ws' | 'wss' = 'ws',
): Promise<Listening> {
  const server = scheme === 'ws' ? createServer() : createSecureServer(identity);
  const sockets = new Set<Socket>();
  const accepted = new Inbox<AcceptedConnection>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  listenWebSocket({
    server,
    path: '/ws',
    frameBytesReadMax: 1_048_576,
    allowsOrigin: () => true,
    onConnection: accepted.put,
    ...options,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    address: `${scheme}://127.0.0.1:${port}/ws`,
    sockets,
    next: accepted.next,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
