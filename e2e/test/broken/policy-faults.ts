/** Gateways that ask their access policy too seldom: a policy that says yes is what such a gateway hears. */

import type { AccessPolicy, Action } from '@micro-socket/gateway';

export interface PolicyFault {
  readonly name: string;
  readonly caughtBy: string;
  readonly seenAs: RegExp;
  /** What is never asked. */
  readonly action: Action;
}

export const policyFaults: readonly PolicyFault[] = [
  {
    name: 'asks its policy at subscribe only, not at publish',
    caughtBy: 'publish-denied',
    seenAs: /ACL_DENIED.*"type":"ack"/,
    action: 'publish',
  },
  {
    name: 'lets a reader publish',
    caughtBy: 'reader-may-not-publish',
    seenAs: /ACL_DENIED.*"type":"ack"/,
    action: 'publish',
  },
  {
    name: 'does not ask its policy at subscribe',
    caughtBy: 'subscribe-denied',
    seenAs: /ACL_DENIED.*"type":"subscribed"/,
    action: 'subscribe',
  },
  {
    name: 'does not ask its policy about presence',
    caughtBy: 'presence-of-a-reader',
    seenAs: /ACL_DENIED.*"type":"ack"/,
    action: 'presence',
  },
];

/** The policy as a gateway hears it that does not ask about `action`. */
export function neverAsked(policy: AccessPolicy, action: Action): AccessPolicy {
  return {
    authenticate: (token) => policy.authenticate(token),
    authorize: (principal, asked, topic) => asked === action || policy.authorize(principal, asked, topic),
    isValid: (principal) => policy.isValid(principal),
    get version() {
      return policy.version;
    },
  };
}
