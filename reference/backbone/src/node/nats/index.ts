export type { NatsCredentials } from './credentials.ts';
export { NatsConnectError, NatsUnsuitableError, StreamMismatchError } from './errors.ts';
export type { NatsLinkOptions } from './link.ts';
export { NatsBackbone, type NatsBackboneOptions } from './nats-backbone.ts';
export type { StreamDifference } from './stream-config.ts';
