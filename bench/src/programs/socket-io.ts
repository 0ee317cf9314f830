/**
 * Socket.IO as its pages on performance advise: WebSocket only, no compression, and the HTTP request of each connection
 * let go. A message goes to a room, and Socket.IO makes its frame once for all who are in it.
 */

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { MESSAGE_EVENT, PUBLISH_EVENT, SUBSCRIBE_EVENT } from '../dialects/socket-io.ts';

export function start(): Promise<string> {
  const server = createServer();
  const io = new Server(server, {
    transports: ['websocket'],
    allowUpgrades: false,
    perMessageDeflate: false,
    httpCompression: false,
    serveClient: false,
  });
  io.engine.on('connection', (connection: { request: IncomingMessage | null }) => {
    connection.request = null;
  });
  let room = '';

  io.on('connection', (socket) => {
    socket.on(SUBSCRIBE_EVENT, (topic: string, done: () => void) => {
      room = topic;
      socket.join(topic);
      done();
    });
    socket.on(PUBLISH_EVENT, (payload: unknown, done: () => void) => {
      io.to(room).emit(MESSAGE_EVENT, payload);
      done();
    });
  });

  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}
