/**
 * A policy that can be exchanged for another while clients are connected.
 *
 * Who was let in by the former policy shows its token to the new one: whoever would be let in again, under the same
 * name, stays and has the new grants; everyone else is not valid any more. So the tokens of those who are connected are
 * kept for as long as their connections. Until the new policy has answered for someone, the former one counts.
 */

import type { AccessPolicy, Action, Principal } from '../core/access.ts';

interface Holder {
  readonly token: string | undefined;
  /** Who answers for it, and as whom it is known there. */
  policy: AccessPolicy;
  principal: Principal;
  isValid: boolean;
}

export class ReplaceablePolicy implements AccessPolicy {
  readonly #holders = new WeakMap<Principal, Holder>();
  /** Principals that somebody still holds: nobody says when a connection has ended. */
  readonly #held = new Set<WeakRef<Principal>>();
  readonly #forgotten = new FinalizationRegistry<WeakRef<Principal>>((reference) => this.#held.delete(reference));
  #policy: AccessPolicy;
  /** How much the versions of former policies come to, so that `version` never falls. */
  #formerVersions = 0;

  constructor(policy: AccessPolicy) {
    this.#policy = policy;
  }

  get version(): number {
    return this.#formerVersions + this.#policy.version;
  }

  /** Resolves when the new policy has answered for everyone who is connected; from the start it answers for newcomers. */
  async replace(policy: AccessPolicy): Promise<void> {
    this.#formerVersions = this.version + 1;
    this.#policy = policy;
    const principals = [...this.#held].flatMap((reference) => reference.deref() ?? []);
    await Promise.all(principals.map((principal) => this.#show(principal, policy)));
    this.#formerVersions += 1;
  }

  async authenticate(token: string | undefined): Promise<Principal> {
    const policy = this.#policy;
    const principal = await policy.authenticate(token);
    // It was exchanged while it was thinking, so its word is worth nothing any more.
    if (policy !== this.#policy) return this.authenticate(token);
    if (!this.#holders.has(principal)) this.#hold(principal, { token, policy, principal, isValid: true });
    return principal;
  }

  authorize(principal: Principal, action: Action, topic: string): boolean {
    const holder = this.#holders.get(principal);
    return holder?.isValid === true && holder.policy.authorize(holder.principal, action, topic);
  }

  isValid(principal: Principal): boolean {
    const holder = this.#holders.get(principal);
    return holder?.isValid === true && holder.policy.isValid(holder.principal);
  }

  #hold(principal: Principal, holder: Holder): void {
    const reference = new WeakRef(principal);
    this.#holders.set(principal, holder);
    this.#held.add(reference);
    this.#forgotten.register(principal, reference);
  }

  async #show(principal: Principal, policy: AccessPolicy): Promise<void> {
    const holder = this.#holders.get(principal);
    if (holder === undefined) return;
    // A policy that cannot tell has not said yes.
    const again = await policy.authenticate(holder.token).catch(() => undefined);
    if (policy !== this.#policy) return;
    holder.policy = policy;
    holder.isValid = again?.name === principal.name;
    if (again !== undefined) holder.principal = again;
  }
}
