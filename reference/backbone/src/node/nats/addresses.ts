/** Addresses of NATS servers, and who the client is where an address says so. */

import type { NatsCredentials } from './credentials.ts';

export interface NatsAddresses {
  /** `host:port`, as the library wants them. */
  readonly hosts: readonly string[];
  /** How an operator is told of them: without anything secret. */
  readonly label: string;
  /** What an address said: `nats://user:password@host` or `nats://token@host`. */
  readonly credentials: NatsCredentials | undefined;
  /** Whether one of them is `tls://`. */
  readonly isTls: boolean;
}

const DEFAULT_PORT = '4222';
const SCHEMES = ['nats:', 'tls:'];

/** Throws a RangeError for what is no address of a NATS server. Its message repeats nothing that could be secret. */
export function parseAddresses(servers: string | readonly string[]): NatsAddresses {
  const urls = (typeof servers === 'string' ? servers.split(',') : servers).map((server) => parse(server.trim()));
  if (urls.length === 0) throw new RangeError('There is no address of a NATS server.');
  const hostOf = ({ hostname, port }: URL) => `${hostname}:${port === '' ? DEFAULT_PORT : port}`;
  const named = urls.find(({ username }) => username !== '');
  return {
    hosts: urls.map(hostOf),
    label: urls.map((url) => `${url.protocol}//${hostOf(url)}`).join(', '),
    credentials: named && credentialsOf(named),
    isTls: urls.some(({ protocol }) => protocol === 'tls:'),
  };
}

function parse(server: string): URL {
  const text = /^[a-z]+:\/\//.test(server) ? server : `nats://${server}`;
  try {
    const url = new URL(text);
    const isPlain = (url.pathname === '' || url.pathname === '/') && url.search === '' && url.hash === '';
    if (SCHEMES.includes(url.protocol) && url.hostname !== '' && isPlain) return url;
  } catch {
    // It is told below.
  }
  throw new RangeError('The address of a NATS server is nats://host:port or tls://host:port.');
}

function credentialsOf({ username, password }: URL): NatsCredentials {
  const user = decodeURIComponent(username);
  return password === '' ? { token: user } : { user, password: decodeURIComponent(password) };
}
