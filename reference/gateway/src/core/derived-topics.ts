/**
 * Topics that the gateway derives from another one, its *base*: who is present there, and how many (§4.8).
 *
 * They are ordinary topics whose last token is reserved, so they need no rule of their own beyond two: access to them
 * goes by the base, and only the gateway publishes there. `access.ts` applies both.
 */

import { isTopic, ProtocolError, TOPIC_BYTES_MAX } from '@micro-socket/protocol';

/** The topic in which gateways tell each other that they live. It is derived from none, and nobody else may use it. */
export const GATEWAYS_TOPIC = '~gateways';

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

/** Whether sessions can be present in a topic: not in one that is a gateway's own, and not where the names would be too long. */
export function canHavePresence(topic: string): boolean {
  return canHaveDerived(topic) && isTopic(`${topic}.${LAST_TOKENS.occupancy}`);
}

/** Whether anything can be derived from it: nothing is from no topic, from a derived one, or from that of the gateways. */
export function canHaveDerived(topic: string): boolean {
  return isTopic(topic) && topic !== GATEWAYS_TOPIC && baseOf(topic) === undefined;
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
