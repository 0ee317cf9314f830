/**
 * The rolling checksum of a topic (I7): does a subscriber hold what the gateway holds? §5.7 of the protocol.
 *
 * Theory of operation. Every message has a checksum of its own, and a topic's checksum is a start that nobody need know
 * plus the sum of its messages' checksums, modulo 2^32. The gateway sends that sum with a seqNo, as a beacon. Because it
 * is a sum, a reader need not have been there from the start: between two beacons it adds up what it got, and compares
 * with their difference. Order and holes need no proof here, since the chain of prevSeqNo tells them already; this tells
 * altered content. And because seqNo and prevSeqNo are part of what is summed, content that changed places with
 * another's is altered too.
 *
 * What it is not: protection from anyone who means harm, who would simply send the sum that fits. That is what
 * signature.ts is for. Of accidents it overlooks one in 2^32. It does not cover `time`, `by`, `ttlMs` and `signature`.
 */

import { canonicalJson } from './canonical-json.ts';
import { crc32 } from './crc32.ts';
import type { JsonValue } from './payload.ts';

/** What of a message is under the checksum. */
export interface ChecksummedMessage {
  readonly seqNo: number;
  readonly prevSeqNo: number;
  readonly messageId: string;
  readonly data: JsonValue;
  readonly key?: string | undefined;
  readonly ref?: string | undefined;
}

/**
 * The checksum of one message, from 0 to 2^32 - 1: the CRC-32 of the canonical JSON of its fields in this order, with
 * null for an absent key or ref. Throws `TypeError` where `canonicalJson` does.
 */
export function messageChecksum(message: ChecksummedMessage): number {
  const { seqNo, prevSeqNo, messageId, key, ref, data } = message;
  return crc32(canonicalJson([seqNo, prevSeqNo, messageId, key ?? null, ref ?? null, data]));
}

// #region add
/** The sum with one more message, from 0 to 2^32 - 1. A reader's own sum, of no message yet, is 0. */
export function addChecksum(sum: number, message: ChecksummedMessage): number {
  return (sum + messageChecksum(message)) >>> 0;
}
// #endregion add
