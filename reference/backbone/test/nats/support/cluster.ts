/** Three servers on loopback that are one cluster. */

import { createServer } from 'node:net';
import { NatsServer } from './nats-server.ts';

/** Starts a cluster, which has elected nobody yet. */
export async function startCluster(size = 3): Promise<NatsServer[]> {
  const routes = await freePorts(size);
  const urls = routes.map((port) => `nats://127.0.0.1:${port}`).join(', ');
  const starting = routes.map((port, at) =>
    NatsServer.start({
      config: `server_name: n${at}\ncluster { name: c, host: 127.0.0.1, port: ${port}, routes: [${urls}] }`,
    }),
  );
  return Promise.all(starting);
}

async function freePorts(count: number): Promise<number[]> {
  const listening = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = listening.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(listening.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
