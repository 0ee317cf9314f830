/**
 * The keys of the store's records, as bytes whose order is the order in which the records are wanted.
 *
 * Numbers are big-endian, so that they sort as numbers. A topic is named by a number that no other topic ever had: its
 * records can then be given up later than the topic itself, and topics with long names cost no more than others.
 */

/** 48 bits: with a million topics or messages in a second they last for nine years. */
const NUMBER_BYTES = 6;
const SEQ_NO_AT = NUMBER_BYTES;
const ENTRY_KEY_BYTES = 2 * NUMBER_BYTES;
/** Says whether a state is that of a key, or that of the messages without one. */
const KIND_AT = NUMBER_BYTES;
const KEY_AT = KIND_AT + 1;
const WITHOUT_KEY = 0;
const WITH_KEY = 1;
const MOMENT_BYTES = 8;

/** A topic's row, or a place in a list that is kept in the order of its numbers. */
export function numberKey(number: number): Buffer {
  const key = Buffer.allocUnsafe(NUMBER_BYTES);
  key.writeUIntBE(number, 0, NUMBER_BYTES);
  return key;
}

export function numberOfKey(key: Buffer): number {
  return key.readUIntBE(0, NUMBER_BYTES);
}

export function entryKey(topicId: number, seqNo: number): Buffer {
  const key = Buffer.allocUnsafe(ENTRY_KEY_BYTES);
  key.writeUIntBE(topicId, 0, NUMBER_BYTES);
  key.writeUIntBE(seqNo, SEQ_NO_AT, NUMBER_BYTES);
  return key;
}

export function seqNoOfKey(key: Buffer): number {
  return key.readUIntBE(SEQ_NO_AT, NUMBER_BYTES);
}

/** What is the newest of a key, or of the messages without one. UTF-16 gives back any text exactly as it was. */
export function stateKey(topicId: number, key: string | undefined): Buffer {
  const bytes = Buffer.allocUnsafe(KEY_AT + 2 * (key?.length ?? 0));
  bytes.writeUIntBE(topicId, 0, NUMBER_BYTES);
  bytes[KIND_AT] = key === undefined ? WITHOUT_KEY : WITH_KEY;
  if (key !== undefined) bytes.write(key, KEY_AT, 'utf16le');
  return bytes;
}

export function keyOfStateKey(bytes: Buffer): string | undefined {
  return bytes[KIND_AT] === WITHOUT_KEY ? undefined : bytes.toString('utf16le', KEY_AT);
}

/** A state that ends at a moment. The moment is not negative: of such numbers the bytes sort as the numbers do. */
export function expiryKey(expiresAt: number, state: Buffer): Buffer {
  const key = Buffer.allocUnsafe(MOMENT_BYTES + state.length);
  key.writeDoubleBE(expiresAt, 0);
  state.copy(key, MOMENT_BYTES);
  return key;
}

export function expiryOfKey(key: Buffer): { expiresAt: number; state: Buffer } {
  return { expiresAt: key.readDoubleBE(0), state: key.subarray(MOMENT_BYTES) };
}
