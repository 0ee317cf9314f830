/**
 * The checksum of §5.7, written from the page and not from the code that the reference gateway uses, so that a mistake of
 * that one is seen here.
 */

import { crc32 } from 'node:zlib';
import type { MessageFrame } from '@micro-socket/protocol';

const MODULUS = 2 ** 32;

/** The sum of what these messages add, from 0 to 2^32 - 1. */
export function checksumOf(messages: readonly MessageFrame[]): number {
  return messages.reduce((sum, message) => (sum + addedBy(message)) % MODULUS, 0);
}

/** How much a checksum has grown from one to another. */
export function grownBy(from: number, to: number): number {
  return (to - from + MODULUS) % MODULUS;
}

function addedBy({ seqNo, prevSeqNo, messageId, key, ref, data }: MessageFrame): number {
  return crc32(canonical([seqNo, prevSeqNo, messageId, key ?? null, ref ?? null, data]));
}

/** RFC 8785: keys sorted by UTF-16 code units, no blanks, and numbers and strings as ECMAScript writes them. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
