/**
 * Who may do what in a world, and until when: a policy whose grants change while everything runs.
 *
 * A token is `name/expiry/number`, in milliseconds since 1970. It proves nothing, and nobody in a world lies about it.
 */

import type { AccessPolicy, Action, Principal } from '@micro-socket/gateway';
import { ProtocolError } from '@micro-socket/protocol';

export class SimPolicy implements AccessPolicy {
  readonly #now: () => number;
  readonly #grants = new Set<string>();
  #version = 1;
  #tokens = 0;

  /** `now` is the true time, in milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get version(): number {
    return this.#version;
  }

  grant(principal: string, action: Action, topic: string): void {
    this.#grants.add(`${principal} ${action} ${topic}`);
    this.#version += 1;
  }

  revoke(principal: string, action: Action, topic: string): void {
    this.#grants.delete(`${principal} ${action} ${topic}`);
    this.#version += 1;
  }

  isGranted(principal: string, action: Action, topic: string): boolean {
    return this.#grants.has(`${principal} ${action} ${topic}`);
  }

  newToken(name: string, lifeMs: number): string {
    this.#tokens += 1;
    return `${name}/${this.#now() + lifeMs}/${this.#tokens}`;
  }

  async authenticate(token: string | undefined): Promise<Principal> {
    if (token === undefined) throw new ProtocolError('AUTH_REQUIRED', 'Every client of this world has a token.');
    return principalOf(token);
  }

  authorize(principal: Principal, action: Action, topic: string): boolean {
    return this.isGranted(principal.name, action, topic);
  }

  isValid(): boolean {
    return true;
  }
}

/** Whose token it is, and when it expires. */
export function principalOf(token: string): Principal & { readonly expiresAt: number } {
  const [name = '', expiresAt = ''] = token.split('/');
  return { name, expiresAt: Number(expiresAt) };
}
