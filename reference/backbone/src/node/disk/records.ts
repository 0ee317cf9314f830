/** The store's small records: the rows of topics, what is state, ids, and what the store knows of itself. */

import type { Durability } from '../../contract.ts';
import { CHECKSUM_BYTES, jsonOf, requireSealed, seal, sealedJson } from './checked.ts';

/** What is known of a topic without reading its messages. */
export interface TopicRow {
  readonly topic: string;
  /** Names the topic's records; 0 while it has none. */
  id: number;
  /** Names its history among all that the topic had in this store. */
  readonly ownEpoch: string;
  headSeqNo: number;
  headMessageId?: string | undefined;
  /** No message before this seqNo is in the history; those from it on that are stored are. */
  oldestSeqNo: number;
  /** How many messages the history has. */
  length: number;
  /** Whether the history has never given up a message. */
  isComplete: boolean;
  /** What history and state are charged together. */
  sizeBytes: number;
  /** What the state alone would be charged. */
  stateBytes: number;
  keyCount: number;
  /** The newest moment that any message of it has. */
  agedFrom: number;
  /** Rises with every message of any topic: which of two topics was left alone for longer. */
  used: number;
}

export function topicRecord(key: Buffer, row: TopicRow): Buffer {
  return sealedJson('topics', key, row);
}

/** Throws `DamagedRecord`. */
export function topicRowOf(key: Buffer, record: Buffer): TopicRow {
  return jsonOf('topics', key, record) as TopicRow;
}

/** That an entry is the newest one of its key. */
export interface StateCell {
  readonly seqNo: number;
  readonly sizeBytes: number;
  /** In milliseconds since 1970; infinite for a message without a ttl. */
  readonly expiresAt: number;
}

const SIZE_AT = CHECKSUM_BYTES + 6;
const EXPIRES_AT = SIZE_AT + 8;
const CELL_BYTES = EXPIRES_AT + 8;

export function cellRecord(key: Buffer, { seqNo, sizeBytes, expiresAt }: StateCell): Buffer {
  const record = Buffer.allocUnsafe(CELL_BYTES);
  record.writeUIntLE(seqNo, CHECKSUM_BYTES, 6);
  record.writeDoubleLE(sizeBytes, SIZE_AT);
  record.writeDoubleLE(expiresAt, EXPIRES_AT);
  return seal('state', key, record);
}

/** Throws `DamagedRecord`. */
export function cellOf(key: Buffer, record: Buffer): StateCell {
  requireSealed('state', key, record);
  return {
    seqNo: record.readUIntLE(CHECKSUM_BYTES, 6),
    sizeBytes: record.readDoubleLE(SIZE_AT),
    expiresAt: record.readDoubleLE(EXPIRES_AT),
  };
}

/** A record of which only the key says anything. */
export function markRecord(table: 'expiry' | 'garbage', key: Buffer): Buffer {
  return seal(table, key, Buffer.allocUnsafe(CHECKSUM_BYTES));
}

/** A message id of the dedup window. */
export interface StoredId {
  readonly topic: string;
  readonly publisher: string;
  readonly messageId: string;
  readonly ownEpoch: string;
  readonly seqNo: number;
  readonly fingerprint: number;
  /** When its message was stored, in milliseconds since 1970. */
  readonly time: number;
}

type IdFields = readonly [string, string, string, string, number, number, number];

export function idRecord(key: Buffer, id: StoredId): Buffer {
  const { topic, publisher, messageId, ownEpoch, seqNo, fingerprint, time } = id;
  return sealedJson('ids', key, [topic, publisher, messageId, ownEpoch, seqNo, fingerprint, time] satisfies IdFields);
}

/** Throws `DamagedRecord`. */
export function storedIdOf(key: Buffer, record: Buffer): StoredId {
  const [topic, publisher, messageId, ownEpoch, seqNo, fingerprint, time] = jsonOf('ids', key, record) as IdFields;
  return { topic, publisher, messageId, ownEpoch, seqNo, fingerprint, time };
}

/** The way in which this version lays out its records. A store with a greater number is not opened. */
export const STORE_FORMAT = 1;

/** What the store knows of itself. */
export interface StoreMeta {
  readonly format: number;
  /** The level at which it was open last. */
  readonly level: Durability;
  /** A part of every epoch. It changes when no history can be relied upon to be the one that it was. */
  readonly generation: string;
  /** How often the generation has changed. */
  readonly generationNo: number;
  /** Which run of the machine it was open in last, where the machine tells. */
  readonly bootId?: string | undefined;
  /** Which file it is: a copy is another one. */
  readonly fileId: string;
  /** Whether it was made by `backup` and has not been opened since. */
  readonly isBackup: boolean;
}

/** What changes with every transaction. */
export interface StoreProgress {
  /** Who has the store open, or had it last: no two opened it with the same name. */
  readonly owner: string;
  /** How many transactions have changed the store. */
  readonly commitNo: number;
  /** LMDB's own number of the transaction that wrote this: the file must not be older than its header says. */
  readonly transaction: number;
  /** No topic has had this id or a greater one. */
  readonly nextTopicId: number;
}

export const META_KEY = Buffer.from('store');
export const PROGRESS_KEY = Buffer.from('progress');

export function metaRecord(meta: StoreMeta): Buffer {
  return sealedJson('meta', META_KEY, meta);
}

/** Throws `DamagedRecord`. */
export function metaOf(record: Buffer): StoreMeta {
  return jsonOf('meta', META_KEY, record) as StoreMeta;
}

export function progressRecord(progress: StoreProgress): Buffer {
  return sealedJson('meta', PROGRESS_KEY, progress);
}

/** Throws `DamagedRecord`. */
export function progressOf(record: Buffer): StoreProgress {
  return jsonOf('meta', PROGRESS_KEY, record) as StoreProgress;
}

/** The epoch that clients see. */
export function epochOf({ ownEpoch }: Pick<TopicRow, 'ownEpoch'>, generation: string): string {
  return `${ownEpoch}.${generation}`;
}
