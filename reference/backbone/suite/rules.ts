/** All rules, by groups. */

import { anchorRules } from './anchor-rules.ts';
import { byteBoundRules } from './byte-bound-rules.ts';
import { dedupRules } from './dedup-rules.ts';
import { expectRules } from './expect-rules.ts';
import { extrasRules } from './extras-rules.ts';
import { failureRules } from './failure-rules.ts';
import { gatewayRules } from './gateway-rules.ts';
import { historyRules, readRules } from './history-rules.ts';
import { idBoundRules } from './id-bound-rules.ts';
import { keyBoundRules } from './key-bound-rules.ts';
import { modelRules } from './model-rules.ts';
import { orderRules, subscribeRules } from './order-rules.ts';
import { restartRules } from './restart-rules.ts';
import { stateRules } from './snapshot-rules.ts';
import { tailRules } from './tail-rules.ts';
import { topicBoundRules } from './topic-bound-rules.ts';
import type { Hook, Rules } from './trial.ts';

export const RULES = {
  order: orderRules,
  subscribe: subscribeRules,
  dedup: dedupRules,
  extras: extrasRules,
  expect: expectRules,
  history: historyRules,
  read: readRules,
  state: stateRules,
  tail: tailRules,
  anchor: anchorRules,
  'bounds of topics': topicBoundRules,
  'bounds of bytes': byteBoundRules,
  'bounds of keys': keyBoundRules,
  'bounds of ids': idBoundRules,
  model: modelRules,
  'several gateways': gatewayRules,
  'failure in the middle': failureRules,
  restart: restartRules,
} as const satisfies Readonly<Record<string, Rules>>;

export type RuleGroup = keyof typeof RULES;

/** A rule is named by its title, which no other rule has. */
export type RuleTitle = { [Group in RuleGroup]: keyof (typeof RULES)[Group] & string }[RuleGroup];

export const RULE_GROUPS = Object.keys(RULES) as readonly RuleGroup[];

/** Groups that need more than a backbone. */
export const NEEDS: { readonly [Group in RuleGroup]?: Hook } = {
  'several gateways': 'another',
  'failure in the middle': 'interrupt',
  restart: 'restart',
};

/** The rules of a group, in their order. */
export function rulesOf(group: RuleGroup): readonly (readonly [RuleTitle, Rules[string]])[] {
  return Object.entries(RULES[group] as Rules) as [RuleTitle, Rules[string]][];
}
