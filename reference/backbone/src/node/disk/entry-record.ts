/**
 * A message as it is stored.
 *
 * What is needed to give the message up again (its size, its key, its age) stands in front as numbers, so that it need not
 * be parsed for that. The rest is JSON text: the engine's own parser is faster than any other, gives every double back
 * exactly, and keeps the order of an object's keys.
 */

import type { JsonValue } from '@micro-socket/protocol';
import type { Entry } from '../../contract.ts';
import { CHECKSUM_BYTES, requireSealed, seal } from './checked.ts';
import { entryKey } from './keys.ts';

const TIME_AT = CHECKSUM_BYTES;
const AGED_FROM_AT = TIME_AT + 8;
const SIZE_AT = AGED_FROM_AT + 8;
const PREV_SEQ_NO_AT = SIZE_AT + 8;
const KEY_LENGTH_AT = PREV_SEQ_NO_AT + 6;
const KEY_AT = KEY_LENGTH_AT + 2;
/** In place of the key's length, for a message without a key. */
const NO_KEY = 0xffff;

/** The rest of a message, in a fixed order, with `null` for what is absent. */
type Rest = readonly [
  messageId: string,
  payload: JsonValue,
  ref: string | null,
  by: string | null,
  ttlMs: number | null,
  signature: readonly [alg: string, keyId: string, value: string] | null,
];

/** What has to be known of a message to give it up. */
export interface EntryHead {
  readonly key: string | undefined;
  readonly sizeBytes: number;
  readonly prevSeqNo: number;
  /** From when on its age counts: its time, or that of an older message if the clock went back in between. */
  readonly agedFrom: number;
}

/** The bytes of a message for its place in the store; the epoch is that of its topic and not kept with it. */
export function entryRecord(key: Buffer, entry: Entry, agedFrom: number): Buffer {
  const { messageId, payload, ref = null, by = null, ttlMs = null, signature } = entry;
  const signed = signature === undefined ? null : ([signature.alg, signature.keyId, signature.value] as const);
  const text = JSON.stringify([messageId, payload, ref, by, ttlMs, signed] satisfies Rest);
  const keyBytes = 2 * (entry.key?.length ?? 0);
  const record = Buffer.allocUnsafe(KEY_AT + keyBytes + Buffer.byteLength(text));
  record.writeDoubleLE(entry.time, TIME_AT);
  record.writeDoubleLE(agedFrom, AGED_FROM_AT);
  record.writeDoubleLE(entry.sizeBytes, SIZE_AT);
  record.writeUIntLE(entry.prevSeqNo, PREV_SEQ_NO_AT, 6);
  record.writeUInt16LE(entry.key === undefined ? NO_KEY : entry.key.length, KEY_LENGTH_AT);
  if (entry.key !== undefined) record.write(entry.key, KEY_AT, 'utf16le');
  record.write(text, KEY_AT + keyBytes);
  return seal('entries', key, record);
}

/** Throws `DamagedRecord`. */
export function entryHeadOf(key: Buffer, record: Buffer): EntryHead {
  requireSealed('entries', key, record);
  return {
    key: messageKeyOf(record),
    sizeBytes: record.readDoubleLE(SIZE_AT),
    prevSeqNo: record.readUIntLE(PREV_SEQ_NO_AT, 6),
    agedFrom: record.readDoubleLE(AGED_FROM_AT),
  };
}

/** Of a record that has been read. */
export function messageIdOf(record: Buffer): string {
  return restOf(record, messageKeyOf(record))[0];
}

/** Throws `DamagedRecord`. */
export function entryOf(topicId: number, seqNo: number, record: Buffer, epoch: string): Entry {
  requireSealed('entries', entryKey(topicId, seqNo), record);
  const key = messageKeyOf(record);
  const [messageId, payload, ref, by, ttlMs, signature] = restOf(record, key);
  return {
    epoch,
    seqNo,
    prevSeqNo: record.readUIntLE(PREV_SEQ_NO_AT, 6),
    messageId,
    time: record.readDoubleLE(TIME_AT),
    payload,
    sizeBytes: record.readDoubleLE(SIZE_AT),
    key,
    ref: ref ?? undefined,
    by: by ?? undefined,
    ttlMs: ttlMs ?? undefined,
    signature: signature === null ? undefined : { alg: signature[0], keyId: signature[1], value: signature[2] },
  };
}

function restOf(record: Buffer, key: string | undefined): Rest {
  return JSON.parse(record.toString('utf8', KEY_AT + 2 * (key?.length ?? 0))) as Rest;
}

function messageKeyOf(record: Buffer): string | undefined {
  const length = record.readUInt16LE(KEY_LENGTH_AT);
  return length === NO_KEY ? undefined : record.toString('utf16le', KEY_AT, KEY_AT + 2 * length);
}
