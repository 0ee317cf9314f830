/** What came of many worlds, counted. */

import type { WorldResult } from '../run-world.ts';
import { FAULT_NAMES, type FaultName, type ProfileName } from '../settings.ts';
import { INVARIANTS, type Invariant } from '../violation.ts';

/** A rule that was broken, and where it was first. */
export interface BrokenRule {
  readonly invariant: Invariant;
  readonly rule: string;
  readonly worlds: number;
  readonly first: { readonly seed: number; readonly profile: ProfileName };
}

export interface Summary {
  readonly worlds: number;
  /** Worlds in which something was broken. */
  readonly failed: number;
  readonly invariants: readonly { readonly invariant: Invariant; readonly held: number; readonly broken: number }[];
  readonly rules: readonly BrokenRule[];
  /** How often each fault took place. */
  readonly happened: Readonly<Record<FaultName, number>>;
  /** How long they took, without a closer look at those that failed. */
  readonly runMs: number;
  readonly virtualMs: number;
  readonly events: number;
  readonly published: number;
  readonly stored: number;
  readonly delivered: number;
}

export class Tally {
  readonly #broken = new Map<Invariant, number>();
  readonly #rules = new Map<string, BrokenRule>();
  readonly #happened = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as Record<FaultName, number>;
  readonly #sums = { worlds: 0, failed: 0, runMs: 0, virtualMs: 0, events: 0, published: 0, stored: 0, delivered: 0 };

  /** Gives back the rules that this world is the first to break. */
  add(result: WorldResult, runMs: number): readonly BrokenRule[] {
    const sums = this.#sums;
    const { violations, happened, virtualMs, events, published, stored, delivered } = result;
    sums.worlds += 1;
    sums.failed += violations.length > 0 ? 1 : 0;
    sums.runMs += runMs;
    sums.virtualMs += virtualMs;
    sums.events += events;
    sums.published += published;
    sums.stored += stored;
    sums.delivered += delivered;
    for (const name of FAULT_NAMES) this.#happened[name] += happened[name];
    for (const invariant of new Set(violations.map((violation) => violation.invariant))) {
      this.#broken.set(invariant, (this.#broken.get(invariant) ?? 0) + 1);
    }
    return this.#rulesOf(result);
  }

  get worlds(): number {
    return this.#sums.worlds;
  }

  get failed(): number {
    return this.#sums.failed;
  }

  get runMs(): number {
    return this.#sums.runMs;
  }

  /** Messages that were stored or handed over. */
  get messages(): number {
    return this.#sums.stored + this.#sums.delivered;
  }

  summary(): Summary {
    const { worlds } = this.#sums;
    const invariants = INVARIANTS.map((invariant) => {
      const broken = this.#broken.get(invariant) ?? 0;
      return { invariant, held: worlds - broken, broken };
    });
    return {
      ...this.#sums,
      runMs: Math.round(this.#sums.runMs),
      invariants,
      rules: [...this.#rules.values()],
      happened: this.#happened,
    };
  }

  #rulesOf({ violations, settings: { seed, profile } }: WorldResult): readonly BrokenRule[] {
    const fresh: BrokenRule[] = [];
    const seen = new Set<string>();
    for (const { invariant, rule } of violations) {
      const key = `${invariant} ${rule}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const known = this.#rules.get(key);
      const counted = { invariant, rule, worlds: (known?.worlds ?? 0) + 1, first: known?.first ?? { seed, profile } };
      this.#rules.set(key, counted);
      if (known === undefined) fresh.push(counted);
    }
    return fresh;
  }
}
