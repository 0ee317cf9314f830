/**
 * What makes a gateway an *engine*, the backbone of other gateways: that these may publish for others, and bounds that fit
 * a few connections which carry everything.
 */

import type { Limits } from '@micro-socket/protocol';
import { type Address, formatAddress } from '@micro-socket/transport';
import type { AccessPolicy } from '../core/access.ts';
import { CombinedPolicy } from '../core/combined-policy.ts';
import { EdgePolicy } from '../core/edge-policy.ts';
import { isLoopbackHost } from './origins.ts';
import { UsageError } from './usage-error.ts';

/** The defaults of an engine, where they are others than those of a gateway. */
export const ENGINE_LIMITS: Partial<Limits> = {
  // A publish that just fits one edge is longer when it comes here in the other encoding, with a name on it.
  frameBytesMax: 524_288,
  frameBytesReadMax: 4_194_304,
  sendBufferBytesMax: 67_108_864,
  // An edge has all of its topics on one connection, and all publishes of all its clients.
  topicsPerConnectionMax: 100_000,
  unacknowledgedPublishesMax: 8_192,
  framesPerSecondMax: 1_000_000,
  readsPerConnectionMax: 8_192,
  ringLengthMax: 8_192,
  ringBytesMax: 16_777_216,
  // A link between programs is watched more closely than one to a phone.
  heartbeatMs: 2_000,
  pongTimeoutMs: 4_000,
};

/**
 * Lets edges in beside those whom the policy knows. Throws `UsageError` where nobody but the network would keep others
 * from being an edge.
 */
export function engineAccess(
  policy: AccessPolicy | undefined,
  key: string | undefined,
  addresses: readonly Address[],
): AccessPolicy {
  if (key === undefined) requireOwnAddresses(addresses);
  if (key === undefined && policy !== undefined) {
    throw new UsageError('--engine with --policy needs --edge-key-file, to tell edges from users.');
  }
  const edges = edgePolicy(key);
  if (policy === undefined) return edges;
  return new CombinedPolicy([
    { accepts: (token) => edges.accepts(token), policy: edges },
    { accepts: () => true, policy },
  ]);
}

function edgePolicy(key: string | undefined): EdgePolicy {
  try {
    return new EdgePolicy(key);
  } catch (error) {
    throw new UsageError(`--edge-key-file: ${(error as Error).message}`);
  }
}

/** Pages of this machine's browser can open WebSockets to it, so those need a key even here. */
function requireOwnAddresses(addresses: readonly Address[]): void {
  const open = addresses.find((address) => !isOfOwnPrograms(address));
  if (open === undefined) return;
  const message = `${formatAddress(open)} can be reached by others than this machine’s programs, so an engine there needs --edge-key-file.`;
  throw new UsageError(message);
}

function isOfOwnPrograms(address: Address): boolean {
  if (address.scheme === 'ipc' || address.scheme === 'inproc') return true;
  if (address.scheme !== 'tcp' && address.scheme !== 'tls') return false;
  return isLoopbackHost(address.host);
}
