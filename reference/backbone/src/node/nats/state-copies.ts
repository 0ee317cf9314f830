/**
 * Copies of what outlives the history: the newest message of each key, in a stream of its own with one message a subject.
 *
 * A copy carries the seqNo that its message has in the log. It is written by compare and set, so that an older message
 * never takes the place of a newer one, whoever is late. A removed key leaves a copy too, with the payload `null`: if it
 * left nothing, someone who is late could bring an older message back. Such a copy, and one whose ttl has passed, is
 * cleared away when it is so old that nobody can be that late.
 *
 * What the state of a topic is, follows from the log *and* the copies: of each key the newest of either. The log is read
 * first. A message that had left it by then had been copied before.
 */

import type { Position } from '@micro-socket/protocol';
import { JetStreamApiError } from '@nats-io/jetstream';
import type { Entry } from '../../contract.ts';
import { asciiJson, hasFields, readJson, type StoredMessage, sealed } from './envelope.ts';
import type { Life } from './life.ts';
import type { NatsLink } from './link.ts';
import type { StreamReader } from './stream-reader.ts';
import type { Subjects } from './subjects.ts';
import { entryOf, type TopicLog } from './topic-log.ts';

/** A message that is state, or was, and what is known of its copy. */
export interface Held {
  readonly entry: Entry;
  /** Where its copy stands in the stream of copies; `undefined`: it is not known to have one. */
  copySeqNo: number | undefined;
  /** When that was written, in milliseconds since 1970. */
  copiedAt: number;
  /** Where the copy of an older message of this key stands; 0 for nowhere that is known. */
  readonly replaces: number;
}

export interface LoadedState {
  readonly head: Position;
  /** The newest message of each key, removed ones included, oldest first. */
  readonly held: readonly Held[];
  /** The seqNos of the history, oldest first, as it was read. */
  readonly history: readonly number[];
}

/** The place of the message in the log. */
interface CopyFields {
  readonly seq: number;
  readonly prev: number;
  readonly lineage: string;
  readonly at: number;
}

export interface StateCopiesOptions {
  readonly link: NatsLink;
  readonly reader: StreamReader;
  readonly log: TopicLog;
  readonly subjects: Subjects;
  readonly life: () => Life;
  readonly epochOf: (topic: string) => string;
  readonly now: () => number;
}

/** What a topic has got after a seqNo, without a hole, up to a head that is asked for now. */
export type Later = (topic: string, afterSeqNo: number) => Promise<{ head: Position; entries: readonly Entry[] }>;

const HEADER = 'Ms-Copy';
const FIELD_TYPES = { seq: 'number', prev: 'number', lineage: 'string', at: 'number' };
const WRONG_LAST_SEQUENCE = 10071;

/** How much longer a copy is than the message, at most. */
export const COPY_BYTES = 512;

/** The history has moved on by more than its length while it was read. Who listens to the topic is not overtaken. */
export class OvertakenError extends Error {
  readonly code = 'OVERTAKEN';

  constructor(topic: string) {
    super(`The history of ${topic} moves on faster than it can be read.`);
    this.name = 'OvertakenError';
  }
}

export class StateCopies {
  readonly #options: StateCopiesOptions;

  constructor(options: StateCopiesOptions) {
    this.#options = options;
  }

  /**
   * Makes sure that the copy of a message, or of a newer one of its key, exists. `expected` is where the copy of an older
   * one stands: 0 for nowhere, `undefined` when that is not known. One attempt.
   */
  async write(topic: string, entry: Entry, expected: number | undefined): Promise<{ seqNo: number; at: number }> {
    const subject = this.#options.subjects.stateOf(topic, entry.key);
    for (let guess = expected; ; guess = undefined) {
      const last = guess ?? (await this.#standing(subject, entry.seqNo));
      if (typeof last === 'object') return last;
      const written = await this.#compareAndSet(subject, entry, last);
      if (written !== undefined) return written;
    }
  }

  /** Clears a copy away. It does nothing if another one has taken its place. */
  async clear(copySeqNo: number): Promise<void> {
    const { link, subjects } = this.#options;
    try {
      await link.jsm.streams.deleteMessage(subjects.stateStream, copySeqNo, false);
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.status >= 500) throw error;
    }
  }

  /**
   * The state of a topic, read from the streams. `later` gives what the topic has got since a seqNo. Throws
   * OvertakenError. One attempt.
   */
  async load(topic: string, later: Later = this.#later): Promise<LoadedState> {
    const { seqNo } = await this.#options.log.head(topic);
    const { entries } = await this.#history(topic, 0, seqNo);
    const copies = await this.#copies(topic);
    // While they were read, one may have been replaced that was not read yet. It was replaced by the copy of a message
    // that is in the log by now.
    const more = await later(topic, seqNo);
    const all = [...entries, ...more.entries];
    const known = copies.filter(({ entry }) => entry.seqNo <= more.head.seqNo);
    return { head: more.head, held: newestOf(all, known), history: all.map((entry) => entry.seqNo) };
  }

  readonly #later: Later = async (topic, afterSeqNo) => {
    const head = await this.#options.log.head(topic);
    if (head.seqNo <= afterSeqNo) return { head, entries: [] };
    const { entries, isWhole } = await this.#history(topic, afterSeqNo, head.seqNo);
    if (!isWhole) throw new OvertakenError(topic);
    return { head, entries };
  };

  #history(topic: string, afterSeqNo: number, upToSeqNo: number) {
    return this.#options.log.part(topic, { afterSeqNo, limit: Number.POSITIVE_INFINITY }, upToSeqNo);
  }

  async #copies(topic: string): Promise<Held[]> {
    const { reader, subjects, life, epochOf } = this.#options;
    const epoch = epochOf(topic);
    // Not what comes meanwhile: where much is written, that would never end.
    const upToSeqNo = await reader.lastSeqNo();
    const reading = { subject: subjects.allStateOf(topic), fromSeqNo: 1, limit: Number.POSITIVE_INFINITY, upToSeqNo };
    const held: Held[] = [];
    for (const stored of await reader.consume(reading)) {
      const fields = fieldsOf(stored);
      // What is left of another stream of this name is not ours.
      if (fields?.lineage !== life().lineage) continue;
      const entry = entryOf({ ...stored, seqNo: fields.seq }, epoch, fields.prev);
      held.push({ entry, copySeqNo: stored.seqNo, copiedAt: fields.at, replaces: 0 });
    }
    return held;
  }

  /** What stands in the place of a copy: one of the same or of a newer message, or the number that must be replaced. */
  async #standing(subject: string, seqNo: number): Promise<number | { seqNo: number; at: number }> {
    const { reader, life } = this.#options;
    const standing = await reader.newest(subject);
    if (standing === undefined) return 0;
    const fields = fieldsOf(standing);
    const isOurs = fields !== undefined && fields.lineage === life().lineage;
    return isOurs && fields.seq >= seqNo ? { seqNo: standing.seqNo, at: fields.at } : standing.seqNo;
  }

  async #compareAndSet(subject: string, entry: Entry, expected: number) {
    const { link, life, now } = this.#options;
    const at = now();
    const fields: CopyFields = { seq: entry.seqNo, prev: entry.prevSeqNo, lineage: life().lineage, at };
    const { headers: wrapped, body } = sealed(entry, '');
    wrapped.set(HEADER, asciiJson(fields));
    wrapped.set('Nats-Expected-Last-Subject-Sequence', `${expected}`);
    try {
      const { seq } = await link.js.publish(subject, body, { headers: wrapped });
      return { seqNo: seq, at };
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE) return undefined;
      throw error;
    }
  }
}

function fieldsOf({ headers }: StoredMessage): CopyFields | undefined {
  const fields: unknown = readJson(headers?.get(HEADER));
  return hasFields(fields, FIELD_TYPES) ? (fields as CopyFields) : undefined;
}

/** Of each key the newest, oldest first. */
function newestOf(entries: readonly Entry[], copies: readonly Held[]): Held[] {
  const newest = new Map<string | undefined, Held>();
  for (const held of copies) newest.set(held.entry.key, held);
  for (const entry of entries) {
    const known = newest.get(entry.key);
    if (known === undefined || known.entry.seqNo < entry.seqNo) {
      newest.set(entry.key, { entry, copySeqNo: undefined, copiedAt: 0, replaces: known?.copySeqNo ?? 0 });
    } else if (known.entry.seqNo === entry.seqNo) {
      // The log may know better which one came before it.
      newest.set(entry.key, { ...known, entry });
    }
  }
  return [...newest.values()].toSorted((one, other) => one.entry.seqNo - other.entry.seqNo);
}
