/**
 * What names the epochs: the life of the stream.
 *
 * A record in the log names the life by a random id. A log that is deleted and made again has no record, so whoever finds
 * it writes a new one, and every topic has a new epoch. A log that has lost its newest messages (its server lost power, or
 * was restored from a copy) still has its record, but goes on to give the same numbers to other messages: who notices that
 * replaces the record.
 *
 * A second record, among the copies of the state, names their lineage. A life belongs to one lineage, and copies of any
 * other are not looked at. So copies of a log that is gone do not come back in the next one, and if it is the copies that
 * are gone, that ends the life as well. A lineage outlives a life of which only the end was lost.
 *
 * Both are replaced by compare and set, so all gateways agree.
 */

import { createHash } from 'node:crypto';
import { type Random, randomId } from '@micro-socket/transport';
import { JetStreamApiError } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { hasFields, readJson } from './envelope.ts';
import type { NatsLink } from './link.ts';
import type { Subjects } from './subjects.ts';

export interface Life {
  readonly id: string;
  readonly lineage: string;
  /** Where its record stands. */
  readonly seqNo: number;
}

/** What a record says, and where it stands: 0 for nowhere. */
interface Found<Record> {
  readonly record: Partial<Record>;
  readonly seqNo: number;
}

type LifeFields = Pick<Life, 'id' | 'lineage'>;
type LineageFields = Pick<Life, 'lineage'>;

const FIELD_TYPES = { id: 'string?', lineage: 'string' };
const ID_LENGTH = 16;
const EPOCH_LENGTH = 16;
/** The last sequence number of a subject is not the expected one. */
const WRONG_LAST_SEQUENCE = 10071;

export class LifeRecord {
  readonly #link: NatsLink;
  readonly #subjects: Subjects;
  readonly #random: Random;

  constructor(link: NatsLink, subjects: Subjects, random: Random) {
    this.#link = link;
    this.#subjects = subjects;
    this.#random = random;
  }

  /** The life. What is missing of the records is written. `copyCount`: how many messages the stream of copies has. */
  async read(copyCount: number): Promise<Life> {
    const { stream, life, stateStream, lineage } = this.#subjects;
    for (;;) {
      const living = await this.#find<LifeFields>(stream, life);
      const lineal = await this.#find<LineageFields>(stateStream, lineage);
      const { id } = living.record;
      const known = lineal.record.lineage;
      if (known === undefined) await this.#write(lineage, { lineage: this.#newId() }, lineal.seqNo);
      else if (id !== undefined && living.record.lineage === known) return { id, lineage: known, seqNo: living.seqNo };
      // The log was made again. If there are copies, they are of the one before.
      else if (id === undefined && copyCount > 1) {
        await this.#write(lineage, { lineage: this.#newId() }, lineal.seqNo);
        copyCount = 0;
      } else await this.#write(life, { id: this.#newId(), lineage: known }, living.seqNo);
    }
  }

  /** Ends a life whose history was lost at its end. */
  async renew({ lineage, seqNo }: Life): Promise<void> {
    await this.#write(this.#subjects.life, { id: this.#newId(), lineage }, seqNo);
  }

  async #find<Record>(stream: string, subject: string): Promise<Found<Record>> {
    // Of the leader: a follower may not know yet what was written last.
    const found = await this.#link.jsm.streams.getMessage(stream, { last_by_subj: subject });
    if (found === null) return { record: {}, seqNo: 0 };
    const record: unknown = readJson(found.string());
    // What is no record of ours is replaced by one.
    return { record: hasFields(record, FIELD_TYPES) ? record : {}, seqNo: found.seq };
  }

  /** Who comes too late finds what the other one wrote. */
  async #write(subject: string, record: object, expectedSeqNo: number): Promise<void> {
    const wrapped = headers();
    wrapped.set('Nats-Expected-Last-Subject-Sequence', `${expectedSeqNo}`);
    try {
      await this.#link.js.publish(subject, JSON.stringify(record), { headers: wrapped });
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== WRONG_LAST_SEQUENCE) throw error;
    }
  }

  #newId(): string {
    return randomId(this.#random, ID_LENGTH);
  }
}

/** The epoch of a topic in a life. */
export function epochOf({ id }: Life, topic: string): string {
  return createHash('sha256').update(`${id}\n${topic}`).digest('base64url').slice(0, EPOCH_LENGTH);
}

/** The id of the life that a record names. */
export function lifeIdIn(record: Uint8Array): string | undefined {
  const fields: unknown = readJson(new TextDecoder().decode(record));
  return hasFields(fields, FIELD_TYPES) ? (fields as LifeFields).id : undefined;
}
