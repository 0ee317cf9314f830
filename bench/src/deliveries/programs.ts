/** The programs of the deliveries benchmark. The number in a name is that of the gateways, which share the subscribers. */

import { findNatsServer, NATS_MISSING } from '../processes/nats-server.ts';
import type { Servers } from '../processes/servers.ts';
import type { MaybePresent } from '../programs/presence.ts';
import type { Beside } from '../rows.ts';

export interface DeliveryProgram extends MaybePresent {
  readonly beside?: readonly Beside[];
  /** Starts its servers, and resolves with the addresses of the gateways. */
  start(servers: Servers): Promise<readonly string[]>;
}

const missingNats = () => (findNatsServer() === undefined ? NATS_MISSING : undefined);

async function gatewaysWith(servers: Servers, backbone: string, count: number): Promise<readonly string[]> {
  const addresses: string[] = [];
  for (let place = 1; place <= count; place++) {
    addresses.push(await servers.gateway({ role: `gateway-${place}`, listen: 'ws://127.0.0.1:0', backbone }));
  }
  return addresses;
}

async function edges(servers: Servers, count: number): Promise<readonly string[]> {
  const wish = { role: 'engine', listen: 'tcp://127.0.0.1:0', backbone: 'memory', isEngine: true };
  return gatewaysWith(servers, await servers.gateway(wish), count);
}

async function onNats(servers: Servers, count: number): Promise<readonly string[]> {
  return gatewaysWith(servers, `nats://${await servers.nats()}/bench`, count);
}

export const PROGRAMS: readonly DeliveryProgram[] = [
  { name: 'memory-1', start: (servers) => gatewaysWith(servers, 'memory', 1) },
  { name: 'engine-1', beside: [{ program: 'memory-1' }], start: (servers) => edges(servers, 1) },
  { name: 'engine-2', beside: [{ program: 'engine-1' }], start: (servers) => edges(servers, 2) },
  {
    name: 'nats-1',
    beside: [{ program: 'memory-1' }],
    missing: missingNats,
    start: (servers) => onNats(servers, 1),
  },
  {
    name: 'nats-2',
    beside: [{ program: 'nats-1' }],
    missing: missingNats,
    start: (servers) => onNats(servers, 2),
  },
];
