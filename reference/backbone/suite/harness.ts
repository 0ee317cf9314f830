/** Short ways to use a backbone. */

import type { JsonValue } from '@micro-socket/protocol';
import type { PublishRequest, PublishResult } from '../src/index.ts';
import { type Backbone, type Entry, entrySizeOf, type MessageExtras } from '../src/index.ts';

export interface Publish extends MessageExtras {
  readonly topic?: string;
  readonly publisher?: string;
  readonly payload?: JsonValue;
  /** What a gateway would say of this content unless a rule gives it, so that a distant backbone computes the same. */
  readonly sizeBytes?: number;
  readonly expectSeqNo?: number;
}

export function request(messageId: string, options: Publish = {}): PublishRequest {
  const { topic = 'a', publisher = 'ann', payload = messageId, ...more } = options;
  return { topic, publisher, messageId, payload, sizeBytes: entrySizeOf({ payload, ...more }), ...more };
}

/** Publishes and gives the result. */
export function publish(backbone: Backbone, messageId: string, options?: Publish): Promise<PublishResult> {
  return backbone.publish(request(messageId, options));
}

/** Publishes some messages, one after the other. */
export async function publishAll(backbone: Backbone, messageIds: readonly string[], options?: Publish): Promise<void> {
  for (const messageId of messageIds) await publish(backbone, messageId, options);
}

/** All that is stored of a topic. */
export function stored(backbone: Backbone, topic = 'a'): Promise<readonly Entry[]> {
  return storedAfter(backbone, 0, topic);
}

/** What is stored of a topic after a seqNo. */
export function storedAfter(backbone: Backbone, afterSeqNo: number, topic = 'a'): Promise<readonly Entry[]> {
  return backbone.read(topic, { afterSeqNo, limit: 1_000_000 });
}

export async function storedIds(backbone: Backbone, topic = 'a'): Promise<string[]> {
  return idsOf(await stored(backbone, topic));
}

/** The messageIds of a topic's state. */
export async function stateIds(backbone: Backbone, topic = 'a'): Promise<string[]> {
  return idsOf((await backbone.snapshot(topic)).entries);
}

export function idsOf(entries: readonly Entry[]): string[] {
  return entries.map(({ messageId }) => messageId);
}

/** `m1`, `m2`, … up to `count`. */
export function ids(count: number, prefix = 'm'): string[] {
  return Array.from({ length: count }, (_, at) => `${prefix}${at + 1}`);
}
