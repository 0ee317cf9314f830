/**
 * The history of topics as it stands in the stream.
 *
 * A message's sequence number in the stream is its seqNo, so seqNos of a topic rise and leave out those of other topics.
 * The server keeps the newest messages of each subject, gives up the oldest first, and nobody may delete any. From that
 * follows what is certain here:
 *
 * - A message that is still there has lost none of those after it.
 * - A topic with fewer messages than it may have has lost none at all.
 *
 * What a stored message does not say is which one came before it; only the copies that are sent to listeners do. So in
 * what is read, each entry names the one read before it. The first one names `afterSeqNo` where it is certain that nothing
 * between was given up; otherwise it names the number just before its own: that is more than `afterSeqNo`, and at least as
 * much as the one that really came before it has. A reader who sees it knows that there may be a hole.
 */

import type { Position } from '@micro-socket/protocol';
import type { Entry, ReadRange, TopicTail } from '../../contract.ts';
import { type Envelope, opened, type StoredMessage } from './envelope.ts';
import type { StreamReader } from './stream-reader.ts';
import type { Subjects } from './subjects.ts';

/** A part of a topic's history. */
export interface LogPart {
  readonly entries: readonly Entry[];
  /** Whether it is certain that nothing between `afterSeqNo` and the first entry was given up. */
  readonly isWhole: boolean;
}

export interface TopicLogOptions {
  readonly reader: StreamReader;
  readonly subjects: Subjects;
  readonly historyLengthMax: number;
  /** The epoch in which a topic is now. */
  readonly epochOf: (topic: string) => string;
}

/** When the newest few are wanted, so many numbers for each of them are looked through before everything is. */
const SEQ_NOS_PER_ENTRY = 8;
const SEQ_NOS_MIN = 64;

export class TopicLog {
  readonly #options: TopicLogOptions;

  constructor(options: TopicLogOptions) {
    this.#options = options;
  }

  async head(topic: string): Promise<Position> {
    const { reader, subjects, epochOf } = this.#options;
    const epoch = epochOf(topic);
    const newest = await reader.newest(subjects.of(topic));
    if (newest === undefined) return { epoch, seqNo: 0 };
    return { epoch, seqNo: newest.seqNo, messageId: opened(newest).content.messageId };
  }

  /** What is stored of a range. `upToSeqNo` is the seqNo of a message that is known to exist. */
  async part(topic: string, { afterSeqNo, limit }: ReadRange, upToSeqNo: number): Promise<LogPart> {
    if (limit <= 0 || upToSeqNo <= afterSeqNo) return { entries: [], isWhole: true };
    const { reader, subjects, epochOf } = this.#options;
    const epoch = epochOf(topic);
    const reading = { subject: subjects.of(topic), fromSeqNo: afterSeqNo + 1, limit, upToSeqNo };
    const messages = await reader.read(reading);
    const isWhole = await this.#dropBroken(topic, afterSeqNo, messages);
    const first = messages[0];
    let prevSeqNo = isWhole || first === undefined ? afterSeqNo : first.seqNo - 1;
    const entries: Entry[] = [];
    for (const message of messages) {
      entries.push(entryOf(message, epoch, prevSeqNo));
      prevSeqNo = message.seqNo;
    }
    return { entries, isWhole };
  }

  async read(topic: string, range: ReadRange): Promise<readonly Entry[]> {
    if (range.limit <= 0) return [];
    const { seqNo } = await this.head(topic);
    return (await this.part(topic, range, seqNo)).entries;
  }

  async tail(topic: string, count: number): Promise<TopicTail> {
    const head = await this.head(topic);
    if (count <= 0 || head.seqNo === 0) return { before: head, entries: [], head };
    const { epoch } = head;
    const near = Math.max(0, head.seqNo - Math.max(SEQ_NOS_MIN, count * SEQ_NOS_PER_ENTRY));
    // One entry more than is wanted is the one before the first.
    let read = await this.#from(topic, near, head.seqNo);
    if (read.length <= count && near > 0) read = await this.#from(topic, 0, head.seqNo);
    const entries = read.slice(-count);
    const [first] = entries;
    if (first === undefined) return { before: head, entries, head };
    const before = read.at(-entries.length - 1);
    return { before: { epoch, seqNo: first.prevSeqNo, messageId: before?.messageId }, entries, head };
  }

  async anchor(topic: string, { epoch, seqNo, messageId }: Position): Promise<boolean> {
    if (epoch !== this.#options.epochOf(topic)) return false;
    if (seqNo === 0) return this.hasLostNothing(topic);
    if (!Number.isSafeInteger(seqNo) || seqNo < 0) return false;
    const found = await this.envelopeAt(topic, seqNo);
    return found !== undefined && found.content.messageId === messageId;
  }

  /** The message of a topic that has this seqNo, if it is still there. */
  async envelopeAt(topic: string, seqNo: number): Promise<Envelope | undefined> {
    const { reader, subjects } = this.#options;
    const found = await reader.at(seqNo);
    return found !== undefined && found.subject === subjects.of(topic) ? opened(found) : undefined;
  }

  /** Whether it is certain that no message of the topic was given up. Where it is not certain, it says no. */
  async hasLostNothing(topic: string): Promise<boolean> {
    const { reader, subjects, historyLengthMax } = this.#options;
    if ((await reader.count(subjects.of(topic))) < historyLengthMax) return true;
    return reader.isUntouched();
  }

  /**
   * While messages were read, the oldest may have been given up, and then some between the first ones that were read and
   * the others are missing. What is still there now was there all the time, and so was everything after it: what was read
   * before that is dropped. Says whether it is certain that nothing is missing between `afterSeqNo` and the first.
   */
  async #dropBroken(topic: string, afterSeqNo: number, messages: StoredMessage[]): Promise<boolean> {
    if (messages.length === 0) return false;
    if (afterSeqNo > 0 && (await this.#isStored(topic, afterSeqNo))) return true;
    let isWhole = true;
    for (let first = messages[0]; first !== undefined; first = messages[0]) {
      if (await this.#isStored(topic, first.seqNo)) {
        if (first.seqNo === afterSeqNo + 1) return isWhole;
        return isWhole && afterSeqNo === 0 && (await this.hasLostNothing(topic));
      }
      messages.shift();
      isWhole = false;
    }
    return false;
  }

  async #isStored(topic: string, seqNo: number): Promise<boolean> {
    return (await this.envelopeAt(topic, seqNo)) !== undefined;
  }

  async #from(topic: string, afterSeqNo: number, upToSeqNo: number): Promise<readonly Entry[]> {
    const limit = Number.POSITIVE_INFINITY;
    return (await this.part(topic, { afterSeqNo, limit }, upToSeqNo)).entries;
  }
}

export function entryOf(message: StoredMessage, epoch: string, prevSeqNo: number): Entry {
  const { content } = opened(message);
  return { epoch, seqNo: message.seqNo, prevSeqNo, ...content };
}
