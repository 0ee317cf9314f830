/**
 * A record's bytes with a checksum in front of them (CRC-32), over the key, too: what stands in the wrong place is as
 * damaged as what is wrong in itself. It finds accidents, never an attacker.
 */

import { crc32 } from 'node:zlib';
import { DamagedRecord } from './errors.ts';

export const CHECKSUM_BYTES = 4;

/** Writes the checksum into the first bytes of a record that is otherwise finished. */
export function seal(key: Buffer, record: Buffer): Buffer {
  record.writeUInt32LE(checksumOf(key, record), 0);
  return record;
}

/** Throws `DamagedRecord` when this is not the record that was sealed for this key. */
export function requireSealed(key: Buffer, record: Buffer): void {
  if (record.length < CHECKSUM_BYTES || record.readUInt32LE(0) !== checksumOf(key, record)) {
    throw new DamagedRecord(`The record of the key ${key.toString('hex')} is not what was written there.`);
  }
}

/** A record that is JSON text. */
export function sealedJson(key: Buffer, value: unknown): Buffer {
  const text = JSON.stringify(value);
  const record = Buffer.allocUnsafe(CHECKSUM_BYTES + Buffer.byteLength(text));
  record.write(text, CHECKSUM_BYTES);
  return seal(key, record);
}

/** What `sealedJson` was given; the caller knows its type. Throws `DamagedRecord`. */
export function jsonOf(key: Buffer, record: Buffer): unknown {
  requireSealed(key, record);
  return JSON.parse(record.toString('utf8', CHECKSUM_BYTES));
}

function checksumOf(key: Buffer, record: Buffer): number {
  return crc32(record.subarray(CHECKSUM_BYTES), crc32(key));
}
