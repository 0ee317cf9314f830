/** A backbone with virtual time, and short ways to use it. */

import type { JsonValue, Limits } from '@micro-socket/protocol';
import type { ManualClock } from '../../../transport/test/support/manual-clock.ts';
import type { Backbone, Entry, MessageExtras, PublishRequest, PublishResult } from '../../src/index.ts';

/** Makes an empty backbone with some bounds changed. */
export type MakeBackbone = (limits?: Partial<Limits>) => { readonly backbone: Backbone; readonly clock: ManualClock };

export interface Publish extends MessageExtras {
  readonly topic?: string;
  readonly publisher?: string;
  readonly payload?: JsonValue;
  readonly sizeBytes?: number;
  readonly expectSeqNo?: number;
}

export function request(messageId: string, options: Publish = {}): PublishRequest {
  const { topic = 'a', publisher = 'ann', payload = messageId, sizeBytes = 10, ...more } = options;
  return { topic, publisher, messageId, payload, sizeBytes, ...more };
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
  return backbone.read(topic, { afterSeqNo: 0, limit: 1_000_000 });
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
