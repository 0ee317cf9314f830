/** A port of this machine at which nobody listens, for a program that cannot choose one itself. */

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Somebody may take it before it is used; the program says so then, and the run ends. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
