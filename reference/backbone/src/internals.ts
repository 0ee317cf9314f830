/** For those who break or watch the core on purpose: not a part of the public surface, and it may change with any version. */

export type { Entry, PublishRequest } from './contract.ts';
export { MemoryBackbone } from './memory/memory-backbone.ts';
export { TopicLog } from './memory/topic-log.ts';
export { TopicState } from './memory/topic-state.ts';
export { DedupWindow } from './parts/dedup-window.ts';
