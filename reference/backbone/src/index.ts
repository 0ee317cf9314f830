export { type BackboneAddress, formatBackboneAddress, type NatsAddress, parseBackboneAddress } from './address.ts';
export type {
  Backbone,
  Durability,
  Entry,
  EntryListener,
  LossListener,
  MessageExtras,
  MessageSignature,
  PublishRequest,
  PublishResult,
  ReadRange,
  TopicSnapshot,
  TopicSubscription,
  TopicTail,
} from './contract.ts';
export { MemoryBackbone, type MemoryBackboneOptions } from './memory/memory-backbone.ts';
export { entrySizeOf } from './parts/entry-size.ts';
export { EngineUnsuitableError } from './remote/errors.ts';
export { RemoteBackbone, type RemoteBackboneOptions } from './remote/remote-backbone.ts';
