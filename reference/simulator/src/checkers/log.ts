/**
 * The backbone's log as a history tells it: what was stored, in which order, and what was lost again.
 *
 * A topic has one log for each epoch. Where the backbone came back without its last messages, they leave the log but are
 * still known here as lost, because readers may have got them. If it did not notice (`epochChanged` false), their seqNos
 * were given to others: then one seqNo has several versions, told apart by messageId.
 *
 * `before` of an entry is the one that it followed when it was stored. So what lies between two messages that somebody
 * got is found by going back from the later one, whatever happened to the log since.
 *
 * What the backbone carries over into a new epoch is stored there again (`restored`), so each epoch stands for itself.
 */

import type { JsonValue } from '@micro-socket/protocol';
import type { LostEvent, StoredEvent } from '../history.ts';

export interface Entry {
  readonly epoch: string;
  readonly seqNo: number;
  readonly messageId: string;
  readonly publisher: string;
  readonly key: string | undefined;
  readonly data: JsonValue;
  /** By the backbone's clock. */
  readonly time: number;
  /** By the clock of the history. */
  readonly at: number;
  readonly before: Entry | undefined;
  /** Its place in the log from which it was lost, or in which it still is. */
  readonly index: number;
  /** It was carried over from an earlier epoch. */
  readonly isRestored: boolean;
  lostAt: number | undefined;
}

export class EpochLog {
  readonly epoch: string;
  /** What the backbone has of it, oldest first. It may still have given up the oldest ones for reading. */
  readonly kept: Entry[] = [];
  /** When another epoch took its place; infinite as long as none has. */
  endedAt = Number.POSITIVE_INFINITY;
  /** The least `keptSeqNo` after which seqNos were used again; infinite as long as that has not happened. */
  reusedAfter = Number.POSITIVE_INFINITY;
  hasLost = false;
  readonly #bySeqNo = new Map<number, Entry>();
  /** The versions before, of seqNos that have more than one. */
  readonly #older = new Map<number, Entry[]>();

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  get head(): Entry | undefined {
    return this.kept.at(-1);
  }

  add({ epoch, seqNo, messageId, publisher, key, data, time, at, restored }: StoredEvent): Entry {
    const entry: Entry = {
      epoch,
      seqNo,
      messageId,
      publisher,
      key,
      data,
      time,
      at,
      before: this.head,
      index: this.kept.length,
      isRestored: restored === true,
      lostAt: undefined,
    };
    this.kept.push(entry);
    const earlier = this.#bySeqNo.get(seqNo);
    if (earlier !== undefined) this.#older.set(seqNo, [...(this.#older.get(seqNo) ?? []), earlier]);
    this.#bySeqNo.set(seqNo, entry);
    return entry;
  }

  /** Gives up everything after `keptSeqNo`. */
  cut(keptSeqNo: number, at: number): void {
    while ((this.head?.seqNo ?? 0) > keptSeqNo) {
      const entry = this.kept.pop();
      if (entry === undefined) return;
      entry.lostAt = at;
      this.hasLost = true;
    }
  }

  /** The newest version of a seqNo, lost or not. */
  newestAt(seqNo: number): Entry | undefined {
    return this.#bySeqNo.get(seqNo);
  }

  hasVersions(seqNo: number): boolean {
    return this.#older.has(seqNo);
  }

  find(seqNo: number, messageId: string): Entry | undefined {
    const newest = this.#bySeqNo.get(seqNo);
    if (newest === undefined || newest.messageId === messageId) return newest;
    return this.#older.get(seqNo)?.findLast((entry) => entry.messageId === messageId);
  }

  /** The oldest message after a seqNo that is still in the log. */
  firstAfter(seqNo: number): Entry | undefined {
    let from = 0;
    let to = this.kept.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.kept[middle]?.seqNo ?? 0) > seqNo) to = middle;
      else from = middle + 1;
    }
    return this.kept[from];
  }
}

export class TopicLog {
  readonly #epochs = new Map<string, EpochLog>();
  /** The epoch that messages were stored in last; `undefined` before the first, and after a loss that ended it. */
  current: EpochLog | undefined;
  /** When the backbone last lost something of this topic, or began a new epoch of it. */
  lostAt: number | undefined;
  /** It lost messages without noticing, and their seqNos were given to others. */
  wasReused = false;

  add(event: StoredEvent): Entry {
    let log = this.#epochs.get(event.epoch);
    if (log === undefined) {
      log = new EpochLog(event.epoch);
      this.#epochs.set(event.epoch, log);
      // A topic that was forgotten as a whole begins a new epoch without a loss being told.
      if (this.current !== undefined) this.current.endedAt = event.at;
    }
    this.current = log;
    return log.add(event);
  }

  lose({ epoch, keptSeqNo, epochChanged, at }: LostEvent): void {
    this.lostAt = at;
    const log = this.#epochs.get(epoch);
    log?.cut(keptSeqNo, at);
    if (!epochChanged) {
      this.wasReused = true;
      if (log !== undefined) log.reusedAfter = Math.min(log.reusedAfter, keptSeqNo);
      return;
    }
    if (log !== undefined) log.endedAt = at;
    this.current = undefined;
  }

  epoch(name: string): EpochLog | undefined {
    return this.#epochs.get(name);
  }

  /** The message that stands at a position, or that stood there until it was lost. */
  find(epoch: string, seqNo: number, messageId: string): Entry | undefined {
    return this.#epochs.get(epoch)?.find(seqNo, messageId);
  }
}

/** The logs of all topics. */
export class Logs {
  readonly #topics = new Map<string, TopicLog>();
  /** When the backbone last came back with less than it had, for any topic. */
  lostAt: number | undefined;

  add(event: StoredEvent): Entry {
    return this.of(event.topic).add(event);
  }

  lose(event: LostEvent): void {
    this.lostAt = event.at;
    this.of(event.topic).lose(event);
  }

  of(topic: string): TopicLog {
    let log = this.#topics.get(topic);
    if (log === undefined) {
      log = new TopicLog();
      this.#topics.set(topic, log);
    }
    return log;
  }
}
