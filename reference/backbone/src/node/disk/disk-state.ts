/**
 * What the disk backbone has in memory of its store, and what is decided by it: all of it inside a transaction, whose end
 * it is told.
 */

import { type Limits, type Position, ProtocolError } from '@micro-socket/protocol';
import type { Entry, PublishRequest } from '../../contract.ts';
import type { DiskTopic } from './disk-topic.ts';
import { DiskTopics, type DiskTopicsOptions } from './disk-topics.ts';
import { IdLog } from './id-log.ts';
import { numberKey } from './keys.ts';
import type { Folder } from './open-folder.ts';
import { topicRowOf } from './records.ts';

const FIRST = numberKey(0);
const AFTER_ALL = Buffer.alloc(FIRST.length, 0xff);

export interface DiskStateOptions extends Omit<DiskTopicsOptions, 'limits' | 'generation' | 'nextTopicId'> {
  readonly limits: Limits;
  /** In milliseconds since 1970. */
  readonly now: number;
}

/** What becomes of a publish when the transaction succeeds. */
export type Decision =
  | { readonly status: 'refused'; readonly error: ProtocolError }
  | { readonly status: 'duplicate'; readonly position: Position }
  | { readonly status: 'ok'; readonly position: Position; readonly topic: DiskTopic; readonly entry: Entry };

export class DiskState {
  readonly topics: DiskTopics;
  /** How many records had to be read for it. */
  readonly recordsRead: number;
  readonly #folder: Folder;
  readonly #ids: IdLog;
  /** How many transactions have changed the store. */
  #commitNo: number;
  #nextTopicId: number;

  /** Reads what the store holds, without its messages. Throws `DamagedRecord`. */
  constructor(folder: Folder, options: DiskStateOptions) {
    const { limits, now } = options;
    const { tables, generation } = folder;
    const { commitNo, nextTopicId } = folder.progress();
    this.#folder = folder;
    this.#commitNo = commitNo;
    this.#nextTopicId = nextTopicId;
    this.topics = new DiskTopics(tables, { ...options, generation, nextTopicId });
    const rows = Array.from(tables.topics.range(FIRST, AFTER_ALL), ({ key, value }) => topicRowOf(key, value));
    this.topics.load(rows.sort((one, other) => one.used - other.used));
    this.#ids = new IdLog(tables.ids, limits);
    this.recordsRead = rows.length + this.#ids.load(generation, now, limits.dedupWindowMs);
  }

  /** Whether the store has come exactly one transaction further than this. */
  isBehind(): boolean {
    return this.#folder.progress().commitNo === this.#commitNo + 1;
  }

  /** To be called before the first change that a transaction makes. Throws `OwnerChanged`. */
  begin(): void {
    const nextTopicId = this.topics.changedNextTopicId ?? this.#nextTopicId;
    this.#folder.writeProgress({ commitNo: this.#commitNo + 1, nextTopicId });
  }

  // #region decide
  /** Decides a publish and stores its message. `now` is when it was asked for, in milliseconds since 1970. */
  publish(request: PublishRequest, now: number): Decision {
    try {
      const earlier = this.#ids.window.find(request, now);
      if (earlier !== undefined) return duplicateOf(request, earlier);
      // What can be refused is refused here, before anything has changed.
      this.#requireSeqNo(request);
      this.#ids.window.requireRoom(request.publisher, now);
      this.topics.requireRoom(request, now);
    } catch (error) {
      return refusal(error);
    }
    const { topic, entry, ownEpoch } = this.topics.append(request, now);
    const { epoch, seqNo, messageId } = entry;
    const position = { epoch, seqNo, messageId };
    this.#ids.remember(request, position, ownEpoch, now);
    return { status: 'ok', position, topic, entry };
  }
  // #endregion decide

  /** Makes a place for a topic that is to be listened to, or says why there is none. */
  makePlace(topic: string): ProtocolError | undefined {
    try {
      this.topics.makePlace(topic);
      return undefined;
    } catch (error) {
      return refusal(error).error;
    }
  }

  /** Writes what the transaction has changed besides. `publishes`: how many it has decided. */
  finish(publishes: number): void {
    this.topics.finish(publishes);
    if (this.topics.changedNextTopicId !== undefined) this.begin();
  }

  /** The transaction has succeeded. */
  commit({ hasWritten }: { readonly hasWritten: boolean }): void {
    if (hasWritten) this.#commitNo += 1;
    this.#nextTopicId = this.topics.changedNextTopicId ?? this.#nextTopicId;
    this.topics.commit();
    this.#ids.commit();
  }

  /** The transaction has failed. */
  undo(): void {
    this.topics.undo();
    this.#ids.undo();
  }

  /** Goes on with the folder's store, which was opened anew. */
  moveToReopened(): void {
    const { tables } = this.#folder;
    this.topics.moveTo(tables);
    this.#ids.moveTo(tables.ids);
  }

  #requireSeqNo({ topic, expectSeqNo }: PublishRequest): void {
    if (expectSeqNo === undefined) return;
    const seqNo = this.topics.get(topic)?.working?.headSeqNo ?? 0;
    if (seqNo === expectSeqNo) return;
    throw new ProtocolError('SEQ_CONFLICT', `The head of ${topic} is at seqNo ${seqNo}, not at ${expectSeqNo}.`);
  }
}

function duplicateOf(
  { messageId, topic }: PublishRequest,
  { position, sameContent }: { position: Position; sameContent: boolean },
): Decision {
  if (sameContent) return { status: 'duplicate', position };
  const message = `The messageId ${messageId} was used before on ${topic} with another payload, key, ref, ttlMs or signature.`;
  return { status: 'refused', error: new ProtocolError('MESSAGE_ID_CONFLICT', message) };
}

/** Anything but a refusal is a mistake in this code, or a failure of the store. */
function refusal(error: unknown): Extract<Decision, { status: 'refused' }> {
  if (!(error instanceof ProtocolError)) throw error;
  return { status: 'refused', error };
}
