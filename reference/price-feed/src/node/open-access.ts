/**
 * Access for those who try a price feed out on their own machine: everybody there may read the feed, and whoever has the
 * token that is printed may write. Where anybody else could come, nobody may do anything until there is a policy.
 */

import { type AccessPolicy, StaticPolicy } from '@micro-socket/gateway';
import { isLoopbackHost } from '@micro-socket/gateway/command';
import { type Address, type Random, randomId } from '@micro-socket/transport';

const TOKEN_LENGTH = 26;

export interface OpenAccess {
  readonly policy: AccessPolicy;
  /** May write; absent where nobody may do anything. */
  readonly token: string | undefined;
}

export function openAccess(addresses: readonly Address[], mainTopic: string, random: Random): OpenAccess {
  if (!addresses.every(isOfThisMachine)) return { policy: new StaticPolicy({}), token: undefined };
  const token = randomId(random, TOKEN_LENGTH);
  const patterns = [mainTopic, `${mainTopic}.>`];
  const read = patterns.map((pattern) => ({ pattern, actions: ['subscribe' as const] }));
  const write = patterns.map((pattern) => ({ pattern, actions: ['subscribe' as const, 'publish' as const] }));
  const users = [{ name: 'operator', token, allow: write }];
  return { policy: new StaticPolicy({ anonymous: { allow: read }, users }), token };
}

function isOfThisMachine(address: Address): boolean {
  return 'host' in address ? isLoopbackHost(address.host) : true;
}
