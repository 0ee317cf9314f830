/**
 * The one address that chooses a backbone:
 *
 *     memory                              this process, and nothing beyond it
 *     disk:DIR                            a folder of this machine
 *     tcp://host:7000  ipc:///run/ms.sock another gateway, the engine; every address of the protocol will do
 *     nats://host:4222/STREAM?replicas=3  NATS JetStream; more servers are joined by commas
 */

import { type Address, AddressError, formatAddress, parseAddress } from '@micro-socket/transport';

export interface NatsAddress {
  /** `host:port` of each server that is known; more are found from there. */
  readonly servers: readonly string[];
  readonly stream: string;
  /** On how many servers each message is kept. */
  readonly replicas: number;
}

export type BackboneAddress =
  | { readonly kind: 'memory' }
  | { readonly kind: 'disk'; readonly directory: string }
  | { readonly kind: 'remote'; readonly address: Address }
  | ({ readonly kind: 'nats' } & NatsAddress);

const FORMS = 'memory, disk:DIR, tcp://host:port, tls://host:port, ipc:///path, ws://host:port or nats://host:port';
const NATS_PORT = 4222;
const STREAM_NAME = /^[A-Za-z0-9_-]{1,32}$/;
const SERVER = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/;
const REPLICAS = ['1', '3', '5'];

/** Reads the address of a backbone. Throws `AddressError` that says what is wrong with it. */
export function parseBackboneAddress(text: string): BackboneAddress {
  if (text === 'memory') return { kind: 'memory' };
  if (text.startsWith('disk:')) {
    const directory = text.slice('disk:'.length);
    if (directory === '') throw new AddressError(text, 'it names no folder; write disk:DIR');
    return { kind: 'disk', directory };
  }
  if (text.startsWith('nats:')) return { kind: 'nats', ...natsAddress(text) };
  if (!text.includes(':')) throw new AddressError(text, `there is no such backbone; use ${FORMS}`);
  return { kind: 'remote', address: parseAddress(text) };
}

export function formatBackboneAddress(address: BackboneAddress): string {
  if (address.kind === 'memory') return 'memory';
  if (address.kind === 'disk') return `disk:${address.directory}`;
  if (address.kind === 'remote') return formatAddress(address.address);
  const { servers, stream, replicas } = address;
  return `nats://${servers.join(',')}/${stream}?replicas=${replicas}`;
}

function natsAddress(text: string): NatsAddress {
  const [, hosts = '', stream = 'MS', query = ''] = /^nats:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(text) ?? [];
  if (hosts.includes('@')) throw new AddressError(text, 'credentials do not belong into an address');
  const servers = hosts.split(',').map((host) => serverOf(host, text));
  if (!STREAM_NAME.test(stream)) {
    throw new AddressError(text, 'a stream is named with 1 to 32 letters, digits, _ and -');
  }
  const options = new URLSearchParams(query);
  for (const name of options.keys()) {
    if (name !== 'replicas') throw new AddressError(text, `there is no option ${name}; there is replicas`);
  }
  const replicas = options.get('replicas') ?? '1';
  if (!REPLICAS.includes(replicas)) throw new AddressError(text, `replicas is one of ${REPLICAS.join(', ')}`);
  return { servers, stream, replicas: Number(replicas) };
}

function serverOf(text: string, address: string): string {
  const [, host, port = `${NATS_PORT}`] = SERVER.exec(text) ?? [];
  if (host !== undefined && Number(port) >= 1 && Number(port) <= 65_535) return `${host}:${port}`;
  throw new AddressError(address, `${JSON.stringify(text)} is no server; write host:port`);
}
