/**
 * Topics that the gateway derives from another one, its *base*: who is present there, and how many (§4.8).
 *
 * They are ordinary topics whose last token is reserved, so they need no rule of their own beyond two: access to them
 * goes by the base, and only the gateway publishes there. `access.ts` applies both.
 */

import { ProtocolError, TOPIC_BYTES_MAX } from '@micro-socket/protocol';

export type DerivedKind = 'presence' | 'occupancy';

export interface DerivedTopic {
  /** The topic that it belongs to. Empty for a reserved token that stands alone: such a topic belongs to none. */
  readonly base: string;
  readonly kind: DerivedKind;
}

const LAST_TOKENS = { presence: '~presence', occupancy: '~occupancy' } as const;

/** The topic that tells who is present in `topic`. Throws `ProtocolError` INVALID_FIELD when its name would be too long. */
export function presenceTopicOf(topic: string): string {
  return derivedFrom(topic, 'presence');
}

/** The topic that tells how many are present in `topic`. Throws `ProtocolError` INVALID_FIELD, as `presenceTopicOf` does. */
export function occupancyTopicOf(topic: string): string {
  return derivedFrom(topic, 'occupancy');
}

/** What a topic is derived from, and how; `undefined` for an ordinary topic. */
export function baseOf(topic: string): DerivedTopic | undefined {
  const dot = topic.lastIndexOf('.');
  const last = topic.slice(dot + 1);
  const base = topic.slice(0, Math.max(dot, 0));
  if (last === LAST_TOKENS.presence) return { base, kind: 'presence' };
  if (last === LAST_TOKENS.occupancy) return { base, kind: 'occupancy' };
  return undefined;
}

function derivedFrom(topic: string, kind: DerivedKind): string {
  const name = `${topic}.${LAST_TOKENS[kind]}`;
  if (name.length <= TOPIC_BYTES_MAX) return name;
  const most = TOPIC_BYTES_MAX - LAST_TOKENS[kind].length - 1;
  throw new ProtocolError('INVALID_FIELD', `A topic with ${kind} has at most ${most} bytes.`, { topic });
}
