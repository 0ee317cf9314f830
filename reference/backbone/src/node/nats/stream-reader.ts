/**
 * Reading messages of one subject, oldest first: a few one by one, many with a consumer.
 *
 * A consumer costs the server something to make and to end, and a message that is asked for alone costs a round trip. So
 * the first ones are asked for one by one, and a consumer fetches what is left. It keeps no state on disk, belongs to one
 * reading and is deleted after it; should that fail, the server clears it away. No more than some exist at once.
 */

import { AckPolicy, type ConsumerInfo, DeliverPolicy, JetStreamError, type JsMsg } from '@nats-io/jetstream';
import type { StoredMessage } from './envelope.ts';
import { Lanes } from './lanes.ts';
import type { NatsLink } from './link.ts';

const NANOS_PER_MS = 1_000_000;

/** So many are read one by one before a consumer is worth its cost. */
const ONE_BY_ONE_MAX = 8;
const CONSUMERS_MAX = 8;
const BATCH_LENGTH = 256;
/** A consumer that nobody could delete is cleared away after so long. */
const CONSUMER_IDLE_MS = 15_000;
/** How long the server may take over a batch. */
const BATCH_PATIENCE_MS = 5_000;

export interface Reading {
  /** One subject or, with a wildcard, several. */
  readonly subject: string;
  /** The first sequence number that may be read. */
  readonly fromSeqNo: number;
  readonly limit: number;
  /** Reading ends with the message that has this sequence number, or with one after it. */
  readonly upToSeqNo: number;
}

export class StreamReader {
  readonly #link: NatsLink;
  readonly #stream: string;
  readonly #isReplicated: boolean;
  readonly #lanes = new Lanes(CONSUMERS_MAX);

  constructor(link: NatsLink, stream: string, isReplicated: boolean) {
    this.#link = link;
    this.#stream = stream;
    this.#isReplicated = isReplicated;
  }

  /**
   * The newest message of a subject. It is what everybody must agree on, so the leader of a replicated stream is asked:
   * a follower may be behind. The question also comes after every earlier subscription on its way, so a message that is
   * not in its answer will be heard.
   */
  async newest(subject: string): Promise<StoredMessage | undefined> {
    const { direct, streams } = this.#link.jsm;
    const query = { last_by_subj: subject };
    const found = await (this.#isReplicated ? streams : direct).getMessage(this.#stream, query);
    return found === null ? undefined : storedMessageOf(found);
  }

  /** The message at a sequence number, whichever subject it has. */
  async at(seqNo: number): Promise<(StoredMessage & { readonly subject: string }) | undefined> {
    const found = await this.#either((api) => api.getMessage(this.#stream, { seq: seqNo }));
    return found === null ? undefined : { ...storedMessageOf(found), subject: found.subject };
  }

  /** Messages of one literal subject. */
  async read(reading: Reading): Promise<StoredMessage[]> {
    const messages: StoredMessage[] = [];
    let { fromSeqNo } = reading;
    const isWanted = () => messages.length < reading.limit && fromSeqNo <= reading.upToSeqNo;
    while (isWanted() && messages.length < ONE_BY_ONE_MAX) {
      const next = await this.#next(reading.subject, fromSeqNo);
      if (next === undefined || next.seqNo > reading.upToSeqNo) return messages;
      messages.push(next);
      fromSeqNo = next.seqNo + 1;
    }
    if (!isWanted()) return messages;

    const limit = reading.limit - messages.length;
    for (const message of await this.consume({ ...reading, fromSeqNo, limit })) {
      messages.push(storedMessageOf(message));
      fromSeqNo = message.seq + 1;
    }
    // A consumer may live with a follower that is behind. The leader knows the rest.
    while (this.#isReplicated && isWanted()) {
      const next = await this.#next(reading.subject, fromSeqNo);
      if (next === undefined || next.seqNo > reading.upToSeqNo) break;
      messages.push(next);
      fromSeqNo = next.seqNo + 1;
    }
    return messages;
  }

  /** Messages of one or several subjects, with a consumer in any case. */
  consume(reading: Reading): Promise<JsMsg[]> {
    return this.#withConsumer(reading, async (info) => {
      const consumer = this.#link.js.consumers.getConsumerFromInfo(info);
      const messages: JsMsg[] = [];
      let left = info.num_pending;
      let isAtEnd = false;
      while (left > 0 && !isAtEnd && messages.length < reading.limit) {
        const before = messages.length;
        const max_messages = Math.min(BATCH_LENGTH, left, reading.limit - before);
        for await (const message of await consumer.fetch({ max_messages, expires: BATCH_PATIENCE_MS })) {
          left = message.info.pending;
          isAtEnd = message.seq >= reading.upToSeqNo;
          if (message.seq <= reading.upToSeqNo) messages.push(message);
          if (isAtEnd || left === 0) break;
        }
        if (messages.length === before && !isAtEnd) throw new JetStreamError('a consumer has stopped in the middle');
      }
      return messages;
    });
  }

  /** How many messages of a subject are stored. */
  count(subject: string): Promise<number> {
    const reading = { subject, fromSeqNo: 1, limit: 0, upToSeqNo: 0 };
    return this.#withConsumer(reading, async ({ num_pending }) => num_pending);
  }

  /** Whether nothing was ever removed from the stream. */
  async isUntouched(): Promise<boolean> {
    const { state } = await this.#link.jsm.streams.info(this.#stream);
    return state.first_seq <= 1 && (state.num_deleted ?? 0) === 0;
  }

  async #next(subject: string, fromSeqNo: number): Promise<StoredMessage | undefined> {
    const query = { seq: fromSeqNo, next_by_subj: subject };
    const found = await this.#either((api) => api.getMessage(this.#stream, query));
    return found === null ? undefined : storedMessageOf(found);
  }

  /** What any replica has is right; what it has not, the leader may have. */
  async #either<Found>(ask: (api: ReadApi) => Promise<Found | null>): Promise<Found | null> {
    const { direct, streams } = this.#link.jsm;
    const found = await ask(direct as ReadApi);
    return found === null && this.#isReplicated ? ask(streams as ReadApi) : found;
  }

  #withConsumer<Result>(
    { subject, fromSeqNo }: Reading,
    work: (consumer: ConsumerInfo) => Promise<Result>,
  ): Promise<Result> {
    return this.#lanes.through(async () => {
      const { consumers } = this.#link.jsm;
      const info = await consumers.add(this.#stream, {
        ack_policy: AckPolicy.None,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: fromSeqNo,
        // One filter as a text: a server of 2.9 passes over a list of filters and delivers everything.
        filter_subject: subject,
        inactive_threshold: CONSUMER_IDLE_MS * NANOS_PER_MS,
        mem_storage: true,
        num_replicas: 1,
      });
      try {
        return await work(info);
      } finally {
        await consumers.delete(this.#stream, info.name).catch(() => {});
      }
    });
  }
}

/** What the two ways to ask for one message have in common. */
interface ReadApi {
  getMessage(
    stream: string,
    query: { seq: number } | { seq: number; next_by_subj: string },
  ): Promise<(StoredLike & { readonly subject: string }) | null>;
}

interface StoredLike {
  readonly seq: number;
  readonly data: Uint8Array;
  readonly header?: StoredMessage['headers'];
  readonly headers?: StoredMessage['headers'];
}

export function storedMessageOf({ seq, header, headers, data }: StoredLike): StoredMessage {
  return { seqNo: seq, headers: header ?? headers, data };
}
