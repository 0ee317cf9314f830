/**
 * The programs of the backbones benchmark. Each of ours has beside it a bare store that does the same work: that keeps the
 * same bytes as safely and answers for each message, and does nothing else.
 */

import { findNatsServer, NATS_MISSING } from '../processes/nats-server.ts';
import type { Servers } from '../processes/servers.ts';
import type { MaybePresent } from '../programs/presence.ts';
import type { Target } from '../publish-process.ts';
import type { Beside } from '../rows.ts';

export interface PublishProgram extends MaybePresent {
  readonly beside?: readonly Beside[];
  /** Starts its servers and says where messages go. */
  start(servers: Servers): Promise<Target>;
}

const LISTEN = 'tcp://127.0.0.1:0';
const ECHO = new URL('../programs/tcp-echo.ts', import.meta.url).href;

const missingNats = () => (findNatsServer() === undefined ? NATS_MISSING : undefined);

async function gatewayWith(servers: Servers, backbone: string, words: readonly string[] = []): Promise<Target> {
  return { kind: 'gateway', address: await servers.gateway({ role: 'gateway', listen: LISTEN, backbone, words }) };
}

async function edgeOf(servers: Servers, backbone: string): Promise<Target> {
  const engine = await servers.gateway({ role: 'engine', listen: LISTEN, backbone, isEngine: true });
  return gatewayWith(servers, engine);
}

/** Groups of programs that are compared: measured in turn. */
export const PROGRAMS: readonly (readonly PublishProgram[])[] = [
  [
    {
      name: 'memory',
      beside: [{ program: 'tcp-echo' }],
      start: (servers) => gatewayWith(servers, 'memory'),
    },
    {
      name: 'engine-memory',
      beside: [{ program: 'tcp-echo' }, { program: 'memory' }],
      start: (servers) => edgeOf(servers, 'memory'),
    },
    {
      name: 'tcp-echo',
      start: async (servers) => ({ kind: 'echo', address: await servers.module('echo', ECHO) }),
    },
  ],
  [
    {
      name: 'disk-written',
      beside: [{ program: 'lmdb-written' }],
      start: (servers) => gatewayWith(servers, `disk:${servers.folder()}`, ['--durability', 'written']),
    },
    {
      name: 'lmdb-written',
      start: async (servers) => ({ kind: 'lmdb', folder: servers.folder(), waitsForDisk: false }),
    },
  ],
  [
    {
      name: 'disk',
      beside: [{ program: 'lmdb' }],
      start: (servers) => gatewayWith(servers, `disk:${servers.folder()}`),
    },
    {
      name: 'engine-disk',
      beside: [{ program: 'lmdb' }, { program: 'disk' }],
      start: (servers) => edgeOf(servers, `disk:${servers.folder()}`),
    },
    {
      name: 'lmdb',
      start: async (servers) => ({ kind: 'lmdb', folder: servers.folder(), waitsForDisk: true }),
    },
  ],
  [
    {
      name: 'nats',
      beside: [{ program: 'jetstream' }],
      missing: missingNats,
      start: async (servers) => gatewayWith(servers, `nats://${await servers.nats()}/bench`),
    },
    {
      name: 'jetstream',
      missing: missingNats,
      start: async (servers) => ({ kind: 'jetstream', address: await servers.nats() }),
    },
  ],
];
