/**
 * A fingerprint of a payload, so that the dedup window need not keep the payload itself.
 *
 * It is 53 bits of two mixed FNV-1a hashes, enough to tell a changed payload from a repeated one. It is not a
 * cryptographic hash: whoever constructs two payloads with one fingerprint can hide a conflict between two publishes of
 * their own, and of nobody else's, because ids of different publishers never meet.
 */

import type { JsonValue } from '@micro-socket/protocol';

const FNV_PRIME = 0x01000193;

export function fingerprintOf(payload: JsonValue): number {
  const text = JSON.stringify(payload);
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
