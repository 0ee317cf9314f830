/** Several policies as one: the first that takes a token says whose it is, and answers for that principal ever after. */

import { ProtocolError } from '@micro-socket/protocol';
import type { AccessPolicy, Action, Principal } from './access.ts';

/** One of the policies, and the tokens that are its business. */
export interface PolicyPart {
  /** `undefined` stands for a client without a token. */
  readonly accepts: (token: string | undefined) => boolean;
  readonly policy: AccessPolicy;
}

/**
 * A token is shown to one policy only: where it is refused, no later one is asked. Names are not kept apart, so two
 * policies that give the same name mean the same user.
 */
export class CombinedPolicy implements AccessPolicy {
  readonly #parts: readonly PolicyPart[];
  readonly #madeBy = new WeakMap<Principal, AccessPolicy>();

  constructor(parts: readonly PolicyPart[]) {
    this.#parts = [...parts];
  }

  /** The sum of all: it rises whenever one of them does. */
  get version(): number {
    return this.#parts.reduce((sum, { policy }) => sum + policy.version, 0);
  }

  async authenticate(token: string | undefined): Promise<Principal> {
    const part = this.#parts.find(({ accepts }) => accepts(token));
    if (part === undefined) throw nobodysToken(token);
    const principal = await part.policy.authenticate(token);
    this.#madeBy.set(principal, part.policy);
    return principal;
  }

  authorize(principal: Principal, action: Action, topic: string): boolean {
    return this.#madeBy.get(principal)?.authorize(principal, action, topic) === true;
  }

  isValid(principal: Principal): boolean {
    return this.#madeBy.get(principal)?.isValid(principal) === true;
  }
}

function nobodysToken(token: string | undefined): ProtocolError {
  if (token === undefined) return new ProtocolError('AUTH_REQUIRED', 'This gateway wants a token in setup.');
  return new ProtocolError('AUTH_FAILED', 'The token in setup is not of a kind that is known here.');
}
