/**
 * A fingerprint of a message's content, so that the dedup window need not keep the content itself.
 *
 * It is 53 bits of two mixed FNV-1a hashes, enough to tell a changed message from a repeated one. It is not a
 * cryptographic hash: whoever constructs two contents with one fingerprint can hide a conflict between two publishes of
 * their own, and of nobody else's, because ids of different publishers never meet.
 */

import type { JsonValue } from '@micro-socket/protocol';
import type { MessageExtras } from '../contract.ts';

const FNV_PRIME = 0x01000193;

/** What two publishes of one messageId must have in common (§4.4). */
export interface Content extends MessageExtras {
  readonly payload: JsonValue;
}

export function fingerprintOf(content: Content): number {
  const text = JSON.stringify(content.payload) + extrasTextOf(content);
  let low = 0x811c9dc5;
  let high = 0x9dc5811c ^ text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, FNV_PRIME);
    high = Math.imul(high ^ (unit + index), FNV_PRIME);
    high ^= high >>> 15;
  }
  return (high & 0x1f_ffff) * 0x1_0000_0000 + (low >>> 0);
}

/** Begins with a line feed, which JSON text has none of, so it cannot be mistaken for a part of the payload. */
function extrasTextOf({ key, ref, ttlMs, signature }: Content): string {
  if (key === undefined && ref === undefined && ttlMs === undefined && signature === undefined) return '';
  const signed = signature && [signature.alg, signature.keyId, signature.value];
  // What is absent is `null` in its place, which none of them can be.
  return `\n${JSON.stringify([key, ref, ttlMs, signed])}`;
}
