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
import { asciiJson, type StoredMessage, sealed } from './envelope.ts';
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

const HEADER = 'Ms-Copy';
const WRONG_LAST_SEQUENCE = 10071;
/** A topic whose log runs away while it is read is read so often before that is a failure. */
const LOADS_MAX = 8;

/** How much longer a copy is than the message, at most. */
export const COPY_BYTES = 512;

/** The log has moved on by more than its length while it was read. */
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

  /** The state of a topic, read from the streams. One attempt. */
  async load(topic: string): Promise<LoadedState> {
    const { log } = this.#options;
    for (let load = 0; load < LOADS_MAX; load++) {
      let head = await log.head(topic);
      const entries = [...(await this.#history(topic, 0, head.seqNo)).entries];
      const copies = await this.#copies(topic);
      // A copy of a later message may stand where that of an earlier one stood. Then the state is that of a later moment.
      if (copies.some(({ entry }) => entry.seqNo > head.seqNo)) {
        const before = head;
        head = await log.head(topic);
        const later = await this.#history(topic, before.seqNo, head.seqNo);
        if (before.seqNo < head.seqNo && !later.isWhole) continue;
        entries.push(...later.entries);
      }
      const known = copies.filter(({ entry }) => entry.seqNo <= head.seqNo);
      return { head, held: newestOf(entries, known), history: entries.map(({ seqNo }) => seqNo) };
    }
    throw new OvertakenError(topic);
  }

  #history(topic: string, afterSeqNo: number, upToSeqNo: number) {
    return this.#options.log.part(topic, { afterSeqNo, limit: Number.POSITIVE_INFINITY }, upToSeqNo);
  }

  async #copies(topic: string): Promise<Held[]> {
    const { reader, subjects, life, epochOf } = this.#options;
    const epoch = epochOf(topic);
    const reading = { subject: subjects.allStateOf(topic), fromSeqNo: 1, ...EVERYTHING };
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

const EVERYTHING = { limit: Number.POSITIVE_INFINITY, upToSeqNo: Number.POSITIVE_INFINITY };

function fieldsOf({ headers: given }: StoredMessage): CopyFields | undefined {
  try {
    return JSON.parse(given?.get(HEADER) ?? '') as CopyFields;
  } catch {
    return undefined;
  }
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
