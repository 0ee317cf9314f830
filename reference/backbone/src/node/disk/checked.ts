/**
 * A record's bytes with a checksum in front of them (CRC-32), over its table and its key, too: what stands in the wrong
 * place is as damaged as what is wrong in itself. It finds accidents, never an attacker.
 */

import { crc32 } from 'node:zlib';
import { DamagedRecord } from './errors.ts';
import { TABLES, type TableName } from './tables.ts';

export const CHECKSUM_BYTES = 4;

/** Writes the checksum into the first bytes of a record that is otherwise finished. */
export function seal(table: TableName, key: Buffer, record: Buffer): Buffer {
  record.writeUInt32LE(checksumOf(table, key, record), 0);
  return record;
}

/** Whether this is the record that was sealed for this table and key. */
export function isSealed(table: TableName, key: Buffer, record: Buffer): boolean {
  return record.length >= CHECKSUM_BYTES && record.readUInt32LE(0) === checksumOf(table, key, record);
}

/** Throws `DamagedRecord` where `isSealed` is false. */
export function requireSealed(table: TableName, key: Buffer, record: Buffer): void {
  if (isSealed(table, key, record)) return;
  throw new DamagedRecord(`In ${table}, the record of the key ${key.toString('hex')} is not what was written there.`);
}

/** A record that is JSON text. */
export function sealedJson(table: TableName, key: Buffer, value: unknown): Buffer {
  const text = JSON.stringify(value);
  const record = Buffer.allocUnsafe(CHECKSUM_BYTES + Buffer.byteLength(text));
  record.write(text, CHECKSUM_BYTES);
  return seal(table, key, record);
}

/** What `sealedJson` was given; the caller knows its type. Throws `DamagedRecord`. */
export function jsonOf(table: TableName, key: Buffer, record: Buffer): unknown {
  requireSealed(table, key, record);
  return JSON.parse(record.toString('utf8', CHECKSUM_BYTES));
}

function checksumOf(table: TableName, key: Buffer, record: Buffer): number {
  return crc32(record.subarray(CHECKSUM_BYTES), crc32(key, TABLES.indexOf(table) + 1));
}
