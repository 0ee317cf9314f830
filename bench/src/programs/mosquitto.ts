/** Mosquitto with a listener for WebSockets, without a store and without a log. */

import { userInfo } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../processes/find-program.ts';
import { freePort } from '../processes/free-port.ts';
import type { Servers } from '../processes/servers.ts';
import { needsLinux } from './presence.ts';

const find = () => findProgram('mosquitto', 'MOSQUITTO');

export function missingMosquitto(): string | undefined {
  const missing =
    'There is no mosquitto on this machine: install the package mosquitto, or set MOSQUITTO to the path of one.';
  return needsLinux() ?? (find() === undefined ? missing : undefined);
}

export async function startMosquitto(servers: Servers): Promise<string> {
  const port = await freePort();
  const configFile = join(servers.folder(), 'mosquitto.conf');
  await servers.external({
    role: 'mosquitto',
    command: find() ?? '',
    words: ['-c', configFile],
    configFile,
    // Started by root it would become another user, who cannot read here.
    config: [
      `user ${userInfo().username}`,
      'allow_anonymous true',
      'persistence false',
      'log_type error',
      'set_tcp_nodelay true',
      // Versions of Mosquitto end when they have no listener but those for WebSockets.
      `listener ${await freePort()} 127.0.0.1`,
      `listener ${port} 127.0.0.1`,
      'protocol websockets',
      '',
    ].join('\n'),
    port,
  });
  return `ws://127.0.0.1:${port}/mqtt`;
}
