/**
 * What a payload costs to keep, in bytes of memory, about.
 *
 * A decoded value can hold many times the bytes that it took on the wire: an empty map is one byte there and an object
 * here. Histories and rings are therefore charged with this figure, so that their bounds bound memory.
 */

import type { JsonValue } from './payload.ts';

const CONTAINER_BYTES = 64;
const TEXT_BYTES = 32;
const SCALAR_BYTES = 16;

/** An upper estimate of the memory that a payload holds. */
export function heldBytesOf(value: JsonValue): number {
  if (typeof value === 'string') return textBytes(value);
  if (typeof value !== 'object' || value === null) return SCALAR_BYTES;
  let bytes = CONTAINER_BYTES;
  if (Array.isArray(value)) for (const item of value) bytes += heldBytesOf(item);
  else for (const [key, item] of Object.entries(value)) bytes += textBytes(key) + heldBytesOf(item);
  return bytes;
}

function textBytes(text: string): number {
  return TEXT_BYTES + 2 * text.length;
}
