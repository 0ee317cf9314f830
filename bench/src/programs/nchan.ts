/**
 * Nchan, the publish-subscribe module of nginx, with one worker: the server has one core here, and a second worker on it
 * would only add the way between the two.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PUBLISHER_PATH, SUBSCRIBER_PATH } from '../dialects/nchan.ts';
import { findProgram } from '../processes/find-program.ts';
import { freePort } from '../processes/free-port.ts';
import type { Servers } from '../processes/servers.ts';
import { needsLinux } from './presence.ts';

const MODULES: readonly string[] = [
  '/usr/lib/nginx/modules/ngx_nchan_module.so',
  '/usr/lib64/nginx/modules/ngx_nchan_module.so',
  '/etc/nginx/modules/ngx_nchan_module.so',
];

/** More than a turn publishes, so that nobody has to be given what is not kept any more. */
const KEPT_MESSAGES = 1_000;
const CONNECTIONS_MAX = 16_384;

const find = () => findProgram('nginx', 'NGINX');
const findModule = () => MODULES.find((path) => existsSync(path));

export function missingNchan(): string | undefined {
  const missing =
    'There is no nginx with Nchan on this machine: install the packages nginx and libnginx-mod-nchan, or set NGINX to the path of nginx.';
  return needsLinux() ?? (find() === undefined || findModule() === undefined ? missing : undefined);
}

export async function startNchan(servers: Servers): Promise<string> {
  const port = await freePort();
  const folder = servers.folder();
  const configFile = join(folder, 'nginx.conf');
  await servers.external({
    role: 'nginx',
    command: find() ?? '',
    words: ['-p', folder, '-e', 'stderr', '-c', configFile],
    configFile,
    config: configText(port, folder),
    port,
  });
  return `ws://127.0.0.1:${port}`;
}

function configText(port: number, folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  // Workers of a master that root has started would become another user, who cannot write here.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `
    load_module ${findModule()};
    daemon off;
    ${user}
    worker_processes 1;
    worker_rlimit_nofile ${CONNECTIONS_MAX};
    pid ${folder}/nginx.pid;
    error_log stderr warn;
    events { worker_connections ${CONNECTIONS_MAX}; }
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
      tcp_nodelay on;
      server {
        listen 127.0.0.1:${port};
        location = ${PUBLISHER_PATH} {
          nchan_publisher websocket;
          nchan_channel_id bench;
          nchan_message_buffer_length ${KEPT_MESSAGES};
        }
        location = ${SUBSCRIBER_PATH} {
          nchan_subscriber websocket;
          nchan_channel_id bench;
          nchan_subscriber_first_message newest;
        }
      }
    }
  `;
}
