/** How finished frames look: one encoding on one wire. Members with the same kind can be given the same bytes (D4). */

import type { Entry } from '@micro-socket/backbone';
import type { Codec, GatewayFrame } from '@micro-socket/protocol';
import type { Wire } from '@micro-socket/transport';

export interface FrameKind {
  /** Its number inside the sub-socket; frames in the ring are kept by it. */
  readonly index: number;
  readonly codec: Codec;
  readonly wire: Wire;
}

/** The topic as shared frames name it: by itself in JSON, by the alias in MessagePack (§3.2). */
export interface TopicName {
  readonly topic: string;
  readonly alias: number;
}

/** The finished bytes of a frame. */
export function finished({ codec, wire }: FrameKind, frame: GatewayFrame): Uint8Array {
  return wire.frame(codec.encode(frame));
}

/** The finished `message` of an entry (§5.5). */
export function messageFrame(kind: FrameKind, { topic, alias }: TopicName, entry: Entry): Uint8Array {
  const { seqNo, prevSeqNo, messageId, time, payload } = entry;
  const message = { type: 'message', topic, alias, seqNo, prevSeqNo, messageId, time, data: payload } as const;
  return finished(kind, hasExtras(entry) ? { ...message, ...extrasOf(entry) } : message);
}

/** What an entry says in a `snapshot` (§5.6). */
export function snapshotEntry(entry: Entry) {
  const { seqNo, messageId, time, payload } = entry;
  return { seqNo, messageId, time, data: payload, ...extrasOf(entry) };
}

/** What an entry says in a `page` (§5.17). */
export function pageEntry(entry: Entry) {
  const { prevSeqNo } = entry;
  return { ...snapshotEntry(entry), prevSeqNo };
}

function hasExtras({ key, ref, by, ttlMs, signature }: Entry): boolean {
  return key !== undefined || ref !== undefined || by !== undefined || ttlMs !== undefined || signature !== undefined;
}

function extrasOf({ key, ref, by, ttlMs, signature }: Entry) {
  return {
    ...(key === undefined ? {} : { key }),
    ...(ref === undefined ? {} : { ref }),
    ...(by === undefined ? {} : { by }),
    ...(ttlMs === undefined ? {} : { ttlMs }),
    ...(signature === undefined ? {} : { signature }),
  };
}
