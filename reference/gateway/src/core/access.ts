/**
 * Access control (I1): who someone is, and what they may do on a topic. Deny by default.
 *
 * The gateway asks an `AccessPolicy`; this file holds the port, and the one way in which the gateway asks it. It is no
 * policy, and it does not know the time: that a principal expires is for whoever holds a clock to enforce.
 */

import { type ErrorCode, ProtocolError } from '@micro-socket/protocol';
import { baseOf, canHaveDerived, GATEWAYS_TOPIC } from './derived-topics.ts';

/** What a grant can allow on a topic. Reading its history is `subscribe`, too. */
export const ACTIONS = ['subscribe', 'publish', 'presence'] as const;
export type Action = (typeof ACTIONS)[number];

/** What the name of a principal looks like. */
export const PRINCIPAL_NAME_PATTERN = '^[!-~]{1,64}$';

/** The name of everyone who comes without a token; nobody else may have it. */
export const ANONYMOUS = 'anonymous';

/** Longest token, in characters, as `setup` carries it (§4.1). */
export const TOKEN_CHARACTERS_MAX = 8_192;

/** Whether a principal is a person's client or a program of the operator. A label: it grants nothing. */
export type PrincipalKind = 'user' | 'service';

/** Someone who was authenticated, or an anonymous client that a policy admits. */
export interface Principal {
  /** Names the publisher in dedup and the owner of sessions. Printable ASCII without spaces or control characters, 1..64. */
  readonly name: string;
  /** Default: `user`. */
  readonly kind?: PrincipalKind | undefined;
  /**
   * Whether this is a gateway of the same operator, for which this one is the backbone: it has seen to access itself, so
   * it may publish for others and to derived topics. Only to be given to programs that are trusted with everything.
   */
  readonly isEdge?: boolean | undefined;
  /** Moment, ms since 1970, from which on the principal may do nothing; undefined: never. */
  readonly expiresAt?: number | undefined;
}

/** Refusals that count as denied (I1). */
export const DENIALS: readonly ErrorCode[] = ['ACL_DENIED', 'AUTH_FAILED', 'AUTH_REQUIRED'];

/** Whether the principal may do nothing any more. `now` is in milliseconds since 1970. */
export function isExpired({ expiresAt }: Principal, now: number): boolean {
  return expiresAt !== undefined && now >= expiresAt;
}

// #region policy
export interface AccessPolicy {
  /**
   * Says who presents this token; `undefined` means that `setup` carried none. Rejects with `ProtocolError` AUTH_REQUIRED
   * or AUTH_FAILED when the client is at fault, and with any other error when the policy itself could not tell.
   */
  authenticate(token: string | undefined): Promise<Principal>;
  /** Whether the principal may do this on this topic, at this moment. Must not throw. */
  authorize(principal: Principal, action: Action, topic: string): boolean;
  /** Whether this principal is still who it was: false once its token was revoked. Must not throw. */
  isValid(principal: Principal): boolean;
  /**
   * Rises with every change of grants or revocation; the gateway asks again for live subscriptions when it has risen,
   * within accessRecheckMs.
   */
  readonly version: number;
}
// #endregion policy

// #region authorize
/**
 * Passes when the policy allows it, and otherwise refuses with ACL_DENIED: silence of a policy is a no, and so is a
 * failure of it. `onError` hears of the failure.
 */
export function requireAccess(
  policy: AccessPolicy,
  principal: Principal,
  action: Action,
  topic: string,
  onError?: (error: unknown) => void,
): void {
  if (isAllowed(policy, principal, action, topic, onError)) return;
  throw new ProtocolError('ACL_DENIED', `${principal.name} may not ${action} on ${topic}.`, { topic });
}

/** The same question without a refusal, for subscriptions that are live already. Never throws. */
export function isAllowed(
  policy: AccessPolicy,
  principal: Principal,
  action: Action,
  topic: string,
  onError: (error: unknown) => void = () => {},
): boolean {
  const derived = baseOf(topic);
  // Who may read a topic may read what a gateway derives from it. Nobody but gateways writes there.
  if (derived !== undefined) {
    const mayWrite = action === 'subscribe' || principal.isEdge === true;
    if (!mayWrite || !canHaveDerived(derived.base)) return false;
  }
  // Whoever could write there could keep the dead present, and whoever could read it would learn what is not its business.
  if (topic === GATEWAYS_TOPIC && principal.isEdge !== true) return false;
  try {
    return policy.authorize(principal, action, derived?.base ?? topic) === true;
  } catch (error) {
    onError(error);
    return false;
  }
}
// #endregion authorize
