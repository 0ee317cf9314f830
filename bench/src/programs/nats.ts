/** NATS as it is, without JetStream: what is published is sent to those who are there, and kept nowhere. */

import { join } from 'node:path';
import { freePort } from '../processes/free-port.ts';
import { findNatsServer, NATS_MISSING } from '../processes/nats-server.ts';
import type { Servers } from '../processes/servers.ts';
import { needsLinux } from './presence.ts';

export function missingNats(): string | undefined {
  return needsLinux() ?? (findNatsServer() === undefined ? NATS_MISSING : undefined);
}

export async function startNats(servers: Servers): Promise<string> {
  const port = await freePort();
  const configFile = join(servers.folder(), 'nats.conf');
  await servers.external({
    role: 'nats-server',
    command: findNatsServer() ?? '',
    words: ['--config', configFile],
    configFile,
    config: `
      listen: "127.0.0.1:-1"
      websocket { listen: "127.0.0.1:${port}", no_tls: true, compression: false }
    `,
    port,
  });
  return `ws://127.0.0.1:${port}`;
}
