/**
 * What names the epochs: the life of the stream.
 *
 * A record in the stream itself carries a random id. A stream that is deleted and made again has no record, so whoever
 * finds it writes a new one, and every topic has a new epoch. A stream that has lost its newest messages (its server lost
 * power, or was restored from a copy) still has its record, but goes on to give the same numbers to other messages; who
 * notices that replaces the record. Whoever replaces it does so by compare and set, so all gateways agree on one.
 *
 * The lineage is told apart from the life: it stays when only the end of the history was lost, and with it what the state
 * has kept of the beginning.
 */

import { createHash } from 'node:crypto';
import { type Random, randomId } from '@micro-socket/transport';
import { JetStreamApiError, type StoredMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import type { NatsLink } from './link.ts';
import type { Subjects } from './subjects.ts';

export interface Life {
  readonly id: string;
  readonly lineage: string;
  /** Where its record stands; 0 when there is none. */
  readonly seqNo: number;
}

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

  /** The record, which is written if there is none. */
  async read(): Promise<Life> {
    for (;;) {
      const found = await this.#find();
      if (found !== undefined) return found;
      await this.#write({ id: this.#newId(), lineage: this.#newId() }, 0);
    }
  }

  /** Ends a life whose history was lost at its end. */
  async renew({ lineage, seqNo }: Life): Promise<void> {
    await this.#write({ id: this.#newId(), lineage }, seqNo);
  }

  async #find(): Promise<Life | undefined> {
    const { stream, life } = this.#subjects;
    // Of the leader: a follower may not know yet what was written last.
    const found = await this.#link.jsm.streams.getMessage(stream, { last_by_subj: life });
    return found === null ? undefined : lifeOf(found);
  }

  /** Who comes too late finds what the other one wrote. */
  async #write(record: Omit<Life, 'seqNo'>, expectedSeqNo: number): Promise<void> {
    const wrapped = headers();
    wrapped.set('Nats-Expected-Last-Subject-Sequence', `${expectedSeqNo}`);
    try {
      await this.#link.js.publish(this.#subjects.life, JSON.stringify(record), { headers: wrapped });
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

function lifeOf(record: StoredMsg): Life {
  const { id, lineage } = record.json<Omit<Life, 'seqNo'>>();
  return { id: `${id}`, lineage: `${lineage}`, seqNo: record.seq };
}
