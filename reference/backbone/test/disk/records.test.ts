import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { payload } from '../../../protocol/test/support/arbitraries.ts';
import { entryHeadOf, entryOf, entryRecord, messageIdOf } from '../../src/node/disk/entry-record.ts';
import { DamagedRecord } from '../../src/node/disk/errors.ts';
import {
  entryKey,
  expiryKey,
  expiryOfKey,
  keyOfStateKey,
  numberKey,
  numberOfKey,
  seqNoOfKey,
  stateKey,
} from '../../src/node/disk/keys.ts';

const number = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 128 });
const moment = fc.double({ min: 0, max: 1e15, noNaN: true });

/** Whether bytes sort as what they stand for does. */
function sorts(one: Buffer, other: Buffer, difference: number): void {
  expect(Buffer.compare(one, other)).toBe(Math.sign(difference));
}

describe('keys', () => {
  it('say what they were made of, and sort by it', () => {
    fc.assert(
      fc.property(number, number, number, number, (topic, seqNo, otherTopic, otherSeqNo) => {
        expect(numberOfKey(numberKey(topic))).toBe(topic);
        const key = entryKey(topic, seqNo);
        expect([numberOfKey(key), seqNoOfKey(key)]).toEqual([topic, seqNo]);
        sorts(numberKey(topic), numberKey(otherTopic), topic - otherTopic);
        sorts(key, entryKey(otherTopic, otherSeqNo), topic - otherTopic || seqNo - otherSeqNo);
        // All records of a topic stand from its number up to the next.
        expect(Buffer.compare(numberKey(topic), key)).toBe(-1);
        if (topic < 2 ** 48 - 1) expect(Buffer.compare(key, numberKey(topic + 1))).toBe(-1);
      }),
    );
  });

  it('keep any text exactly, and no key at all apart from every key', () => {
    fc.assert(
      fc.property(number, text, (topic, key) => {
        const state = stateKey(topic, key);
        expect(keyOfStateKey(state)).toBe(key);
        expect(numberOfKey(state)).toBe(topic);
        expect(keyOfStateKey(stateKey(topic, undefined))).toBeUndefined();
        expect(state.equals(stateKey(topic, undefined))).toBe(false);
        // The longest key that LMDB takes has 1,978 bytes.
        expect(expiryKey(0, state).length).toBeLessThan(600);
      }),
    );
    expect(keyOfStateKey(stateKey(1, '\\ud800'))).toBe('\\ud800');
  });

  it('sort ends of states by their moments', () => {
    fc.assert(
      fc.property(moment, moment, text, (one, other, key) => {
        const end = expiryKey(one, stateKey(7, key));
        expect(expiryOfKey(end)).toEqual({ expiresAt: one, state: stateKey(7, key) });
        if (one !== other) sorts(end, expiryKey(other, stateKey(3, key)), one - other);
      }),
    );
  });
});

describe('the record of a message', () => {
  const entry = fc.record({
    // One less than a key can hold, because the next one is looked at as well.
    seqNo: fc.integer({ min: 1, max: 2 ** 48 - 2 }),
    messageId: text,
    time: moment,
    payload,
    sizeBytes: fc.nat(),
    key: fc.option(text, { nil: undefined }),
    ref: fc.option(text, { nil: undefined }),
    by: fc.option(text, { nil: undefined }),
    ttlMs: fc.option(moment, { nil: undefined }),
    signature: fc.option(fc.record({ alg: text, keyId: text, value: text }), { nil: undefined }),
  });

  it('gives back what was put in, with the keys of objects in their order', () => {
    fc.assert(
      fc.property(entry, moment, (fields, agedFrom) => {
        const entry = { ...fields, epoch: 'e', prevSeqNo: fields.seqNo - 1 };
        const key = entryKey(5, entry.seqNo);
        const record = entryRecord(key, entry, agedFrom);
        const read = entryOf(5, entry.seqNo, record, 'e');
        // -0 is 0 (§3.3).
        expect(JSON.stringify(read.payload)).toBe(JSON.stringify(entry.payload));
        expect({ ...read, payload: 0 }).toEqual({ ...entry, payload: 0 });
        expect(messageIdOf(record)).toBe(entry.messageId);
        const { sizeBytes, prevSeqNo } = entry;
        expect(entryHeadOf(key, record)).toEqual({ key: entry.key, sizeBytes, prevSeqNo, agedFrom });
      }),
    );
  });

  it('is not taken for another one, and not when any bit of it has changed', () => {
    fc.assert(
      fc.property(entry, fc.nat(), fc.nat(), (fields, place, bit) => {
        const entry = { ...fields, epoch: 'e', prevSeqNo: fields.seqNo - 1 };
        const record = entryRecord(entryKey(5, entry.seqNo), entry, 0);
        expect(() => entryOf(6, entry.seqNo, record, 'e')).toThrow(DamagedRecord);
        expect(() => entryOf(5, entry.seqNo + 1, record, 'e')).toThrow(DamagedRecord);
        expect(() => entryOf(5, entry.seqNo, record.subarray(0, place % record.length), 'e')).toThrow(DamagedRecord);
        const at = place % record.length;
        record[at] = (record[at] ?? 0) ^ (1 << (bit % 8));
        expect(() => entryOf(5, entry.seqNo, record, 'e')).toThrow(DamagedRecord);
      }),
    );
  });
});
