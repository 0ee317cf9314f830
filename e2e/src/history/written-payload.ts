/** How a payload stands in a history: as it is, or as a digest where it is large, so that a history has a bound in bytes. */

import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '@micro-socket/protocol';

/** Longest payload that is written out, in characters of JSON. */
export const PAYLOAD_CHARACTERS_MAX = 1_024;

/** The payload, or `{ sha256, characters }` of its canonical JSON: equal where the payloads are equal. */
export function writtenPayload(data: unknown): JsonValue {
  const value = data as JsonValue;
  if (JSON.stringify(value).length <= PAYLOAD_CHARACTERS_MAX) return value;
  const text = canonicalJson(value);
  return { sha256: createHash('sha256').update(text).digest('hex'), characters: text.length };
}
