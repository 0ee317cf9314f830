export { type BackboneAddress, formatBackboneAddress, type NatsAddress, parseBackboneAddress } from './address.ts';
export type {
  Backbone,
  Durability,
  Entry,
  EntryListener,
  FeedEvents,
  MessageExtras,
  MessageSignature,
  PublishRequest,
  PublishResult,
  ReadRange,
  SourceHealth,
  TopicSnapshot,
  TopicSubscription,
  TopicTail,
} from './contract.ts';
export { MemoryBackbone, type MemoryBackboneOptions } from './memory/memory-backbone.ts';
export { entrySizeOf } from './parts/entry-size.ts';
export { TopicFollower, type TopicFollowerOptions } from './parts/topic-follower.ts';
export { EngineUnsuitableError } from './remote/errors.ts';
export { RemoteBackbone, type RemoteBackboneOptions } from './remote/remote-backbone.ts';
