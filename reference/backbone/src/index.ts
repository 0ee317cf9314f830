export type {
  Backbone,
  Durability,
  Entry,
  EntryListener,
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
