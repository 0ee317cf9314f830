/** A TCP server that sends back every byte: what the way there and back costs, and nothing else. */

import { type AddressInfo, createServer } from 'node:net';

export function start(): Promise<string> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}
