export type {
  Backbone,
  Durability,
  Entry,
  EntryListener,
  PublishRequest,
  PublishResult,
  ReadRange,
  TopicSubscription,
} from './contract.ts';
export { MemoryBackbone, type MemoryBackboneOptions } from './memory/memory-backbone.ts';
