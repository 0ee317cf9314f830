/** Lets whoever tries a gateway out publish without a token: as the user `demo`, below `demo.` and nowhere else. */

import { type Random, randomId } from '@micro-socket/transport';
import type { AccessPolicy } from '../core/access.ts';
import { CombinedPolicy } from '../core/combined-policy.ts';
import { StaticPolicy } from '../core/static-policy.ts';

export interface DemoAccess {
  /** Never leaves the process: the demo's own endpoint is who presents it. */
  readonly token: string;
  /** The given policy, with the user `demo` beside it. */
  readonly policy: AccessPolicy;
}

const TOKEN_LENGTH = 32;

export function demoAccess(policy: AccessPolicy, random: Random): DemoAccess {
  const token = randomId(random, TOKEN_LENGTH);
  const users = [{ name: 'demo', token, allow: [{ pattern: 'demo.>', actions: ['publish'] }] }];
  return {
    token,
    policy: new CombinedPolicy([
      { accepts: (presented) => presented === token, policy: new StaticPolicy({ users }) },
      { accepts: () => true, policy },
    ]),
  };
}
