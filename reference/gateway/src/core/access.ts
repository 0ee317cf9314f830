/**
 * Access control (I1): who someone is, and what they may do on a topic. Deny by default.
 *
 * The gateway asks an `AccessPolicy`; this file holds the port and the pattern rule that policies share.
 */

import { ProtocolError } from '@micro-socket/protocol';

export type Action = 'subscribe' | 'publish';

/** Someone who was authenticated, or an anonymous client that a policy admits. */
export interface Principal {
  /** Names the publisher in dedup. Printable, without control characters. */
  readonly name: string;
}

export interface AccessPolicy {
  /**
   * Says who presents this token; `undefined` means that `setup` carried none. Rejects with `ProtocolError` AUTH_REQUIRED
   * or AUTH_FAILED.
   */
  authenticate(token: string | undefined): Promise<Principal>;
  /** Whether the principal may do this on this topic, at this moment. Must not throw. */
  authorize(principal: Principal, action: Action, topic: string): boolean;
}

// #region authorize
/** Passes when the policy allows it, and otherwise refuses with ACL_DENIED: silence of a policy is a no. */
export function requireAccess(policy: AccessPolicy, principal: Principal, action: Action, topic: string): void {
  if (policy.authorize(principal, action, topic) === true) return;
  throw new ProtocolError('ACL_DENIED', `${principal.name} may not ${action} on ${topic}.`, { topic });
}
// #endregion authorize

/**
 * Whether a pattern covers a topic. `*` stands for exactly one token, `>` at the end for one or more, as in NATS:
 * `prices.*` covers `prices.eurusd`, `prices.>` covers `prices.fx.eurusd` too.
 */
export function patternCovers(pattern: string, topic: string): boolean {
  const wanted = pattern.split('.');
  const tokens = topic.split('.');
  for (let index = 0; index < wanted.length; index++) {
    if (wanted[index] === '>') return index === wanted.length - 1 && tokens.length > index;
    if (tokens[index] === undefined) return false;
    if (wanted[index] !== '*' && wanted[index] !== tokens[index]) return false;
  }
  return tokens.length === wanted.length;
}
