import { describe, expect, it } from 'vitest';
import { NEEDS, RULE_GROUPS, type RuleGroup, type RuleTitle, rulesOf } from './rules.ts';
import { type MakeBackbone, tryRule } from './trial.ts';

/** What a backbone does not do, as groups of rules or as single ones, each with the reason in one sentence. */
export type Skips = { readonly [Name in RuleGroup | RuleTitle]?: string };

export interface BackboneSuiteOptions {
  readonly make: MakeBackbone;
  readonly skips?: Skips | undefined;
  /** How often a property that is worth `count` tries is tried; by default a tenth of that. */
  readonly runs?: ((count: number) => number) | undefined;
  /**
   * How long to wait for what does not happen, in real milliseconds; a minute by default. It only ends what would hang,
   * and says what was waited for, if the `testTimeout` of vitest is longer.
   */
  readonly patienceMs?: number | undefined;
}

const PATIENCE_MS = 60_000;

/** Declares the tests that every backbone passes. */
export function backboneSuite(name: string, options: BackboneSuiteOptions): void {
  const { make, skips = {}, runs = (count) => Math.ceil(count / 10), patienceMs = PATIENCE_MS } = options;
  describe(`${name} keeps the contract of a backbone`, () => {
    it('what it skips is there, and has a reason', () => {
      expect(skipFaults(skips)).toEqual([]);
    });

    for (const group of RULE_GROUPS) {
      const reason = skips[group];
      const trial = { make, runs, patienceMs, needs: NEEDS[group] };
      (reason === undefined ? describe : describe.skip)(titleOf(group, reason), () => {
        for (const [title, rule] of rulesOf(group)) {
          const reason = skips[title];
          (reason === undefined ? it : it.skip)(titleOf(title, reason), () => tryRule(rule, trial));
        }
      });
    }
  });
}

function titleOf(title: string, reason: string | undefined): string {
  return reason === undefined ? title : `${title} — skipped: ${reason}`;
}

/** What is wrong with skips: they name what there is not (any more), or say nothing. */
export function skipFaults(skips: Skips): string[] {
  const titles = RULE_GROUPS.flatMap((group) => rulesOf(group).map(([title]): string => title));
  const names = new Set<string>([...RULE_GROUPS, ...titles]);
  return Object.entries(skips).flatMap(([name, reason]) => {
    if (!names.has(name)) return [`No group and no rule is called '${name}'. Groups: ${RULE_GROUPS.join(', ')}.`];
    return reason.trim() === '' ? [`'${name}' is skipped without a reason.`] : [];
  });
}
