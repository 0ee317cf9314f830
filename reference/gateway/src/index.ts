export { type AccessPolicy, type Action, type Principal, patternCovers } from './core/access.ts';
export { Gateway, type GatewayOptions } from './core/gateway.ts';
export { type PolicyDocument, PolicyError, StaticPolicy } from './core/static-policy.ts';
export type { Counters, Stats } from './core/stats.ts';
