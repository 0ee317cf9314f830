export {
  ACTIONS,
  type AccessPolicy,
  type Action,
  isAllowed,
  type Principal,
  type PrincipalKind,
  requireAccess,
} from './core/access.ts';
export { CombinedPolicy, type PolicyPart } from './core/combined-policy.ts';
export { baseOf, type DerivedTopic, occupancyTopicOf, presenceTopicOf } from './core/derived-topics.ts';
export { EDGE_KEY_CHARACTERS_MIN, EdgePolicy } from './core/edge-policy.ts';
export { Gateway, type GatewayOptions } from './core/gateway.ts';
export { PolicyError } from './core/policy-error.ts';
export { type PolicyDocument, StaticPolicy } from './core/static-policy.ts';
export type { Counters, Stats } from './core/stats.ts';
export { patternCovers } from './core/topic-pattern.ts';
