/**
 * Reading messages of one subject, oldest first: a few one by one, many with a consumer.
 *
 * A consumer costs the server something to make and to end, and a message that is asked for alone costs a round trip. So
 * the first ones are asked for one by one, and a consumer fetches what is left. It keeps no state on disk, belongs to one
 * reading and is deleted after it; should that fail, the server clears it away. No more than some exist at once.
 */

import { AckPolicy, type ConsumerInfo, DeliverPolicy, JetStreamError } from '@nats-io/jetstream';
import type { Msg } from '@nats-io/transport-node';
import type { StoredMessage } from './envelope.ts';
import { Lanes } from './lanes.ts';
import type { NatsLink } from './link.ts';

const NANOS_PER_MS = 1_000_000;

/** So many are read one by one before a consumer is worth its cost. */
const ONE_BY_ONE_MAX = 8;
const CONSUMERS_MAX = 8;
/** A consumer is made so often until it is at the leader, of three replicas most often. */
const CONSUMER_TRIES_MAX = 24;
const BATCH_LENGTH = 256;
/** A consumer that nobody could delete is cleared away after so long. */
const CONSUMER_IDLE_MS = 15_000;
/** How a pull ends when there is nothing to be pulled. */
const NO_MORE_MESSAGES = 404;
/** What a server adds to a message when it counts bytes, at most. */
const OVERHEAD_BYTES = 8_192;

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

  /**
   * The message at a sequence number, whichever subject it has. Of the leader, which gives up messages before all others:
   * what it has, nobody has given up.
   */
  async at(seqNo: number): Promise<(StoredMessage & { readonly subject: string }) | undefined> {
    const { direct, streams } = this.#link.jsm;
    const found = await (this.#isReplicated ? streams : direct).getMessage(this.#stream, { seq: seqNo });
    return found === null ? undefined : { ...storedMessageOf(found), subject: found.subject };
  }

  /** Messages of one literal subject. */
  async read(reading: Reading): Promise<StoredMessage[]> {
    const messages: StoredMessage[] = [];
    let { fromSeqNo } = reading;
    for (let oneByOne = 0; messages.length < reading.limit && fromSeqNo <= reading.upToSeqNo; oneByOne++) {
      const next = await this.#next(reading.subject, fromSeqNo);
      if (next === undefined || next.seqNo > reading.upToSeqNo) break;
      messages.push(next);
      fromSeqNo = next.seqNo + 1;
      if (oneByOne < ONE_BY_ONE_MAX) continue;

      const limit = reading.limit - messages.length;
      if (limit > 0 && fromSeqNo <= reading.upToSeqNo) {
        messages.push(...(await this.consume({ ...reading, fromSeqNo, limit })));
        fromSeqNo = (messages.at(-1)?.seqNo ?? 0) + 1;
      }
    }
    return messages;
  }

  /** Messages of one or several subjects, with a consumer in any case. */
  consume(reading: Reading): Promise<StoredMessage[]> {
    return this.#withConsumer(reading, async ({ name }) => {
      const messages: StoredMessage[] = [];
      while (messages.length < reading.limit) {
        const batch = await this.#pull(name, Math.min(BATCH_LENGTH, reading.limit - messages.length));
        for (const message of batch) if (message.seqNo <= reading.upToSeqNo) messages.push(message);
        const last = batch.at(-1);
        if (last === undefined || last.seqNo >= reading.upToSeqNo) break;
      }
      return messages;
    });
  }

  /**
   * The next messages of a consumer, as many as are wanted or fit into the bytes that a server sends without trouble; none
   * when there are no more.
   */
  async #pull(consumer: string, count: number): Promise<StoredMessage[]> {
    const { js, messageBytesMax } = this.#link;
    const pulled: StoredMessage[] = [];
    // It takes one message of any size. Much more than that, and the server would give us up as too slow.
    const body = JSON.stringify({ batch: count, max_bytes: messageBytesMax + OVERHEAD_BYTES, no_wait: true });
    let end = NO_MORE_MESSAGES;
    await this.#link.gather(`${js.apiPrefix}.CONSUMER.MSG.NEXT.${this.#stream}.${consumer}`, body, (answer) => {
      const message = pulledOf(answer);
      if (message !== undefined) pulled.push(message);
      else end = answer.headers?.code ?? 0;
      return message === undefined || pulled.length === count;
    });
    if (pulled.length === 0 && end !== NO_MORE_MESSAGES) throw new JetStreamError(`a consumer has ended with ${end}`);
    return pulled;
  }

  /** How many messages of a subject are stored. */
  count(subject: string): Promise<number> {
    const reading = { subject, fromSeqNo: 1, limit: 0, upToSeqNo: 0 };
    return this.#withConsumer(reading, async ({ num_pending }) => num_pending);
  }

  /** The sequence number of the newest message of all subjects. */
  async lastSeqNo(): Promise<number> {
    return (await this.#link.jsm.streams.info(this.#stream)).state.last_seq;
  }

  /** Whether nothing was ever removed from the stream. */
  async isUntouched(): Promise<boolean> {
    const { state } = await this.#link.jsm.streams.info(this.#stream);
    return state.first_seq <= 1 && (state.num_deleted ?? 0) === 0;
  }

  async #next(subject: string, fromSeqNo: number): Promise<StoredMessage | undefined> {
    const { direct, streams } = this.#link.jsm;
    const query = { seq: fromSeqNo, next_by_subj: subject };
    // What any replica has is right; what it has not, the leader may have.
    const found = await direct.getMessage(this.#stream, query);
    if (found !== null || !this.#isReplicated) return found === null ? undefined : storedMessageOf(found);
    const led = await (streams as NextApi).getMessage(this.#stream, query);
    return led === null ? undefined : storedMessageOf(led);
  }

  #withConsumer<Result>(reading: Reading, work: (consumer: ConsumerInfo) => Promise<Result>): Promise<Result> {
    return this.#lanes.through(async () => {
      const info = await this.#makeConsumer(reading);
      try {
        return await work(info);
      } finally {
        await this.#endConsumer(info);
      }
    });
  }

  /** A consumer lives with one of the replicas, and only the leader is known to have everything. */
  async #makeConsumer(reading: Reading): Promise<ConsumerInfo> {
    for (let tries = 1; ; tries++) {
      const leader = this.#isReplicated ? await this.#leader() : undefined;
      const info = await this.#addConsumer(reading);
      if (leader === undefined || info.cluster?.leader === leader) return info;
      await this.#endConsumer(info);
      if (tries >= CONSUMER_TRIES_MAX) throw new JetStreamError('no consumer can be made at the leader of the stream');
    }
  }

  #addConsumer({ subject, fromSeqNo }: Reading): Promise<ConsumerInfo> {
    return this.#link.jsm.consumers.add(this.#stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: fromSeqNo,
      // One filter as a text: a server of 2.9 passes over a list of filters and delivers everything.
      filter_subject: subject,
      inactive_threshold: CONSUMER_IDLE_MS * NANOS_PER_MS,
      mem_storage: true,
      num_replicas: 1,
    });
  }

  /** If it fails, the server ends the consumer later. */
  async #endConsumer({ name }: ConsumerInfo): Promise<void> {
    await this.#link.jsm.consumers.delete(this.#stream, name).catch(() => {});
  }

  async #leader(): Promise<string | undefined> {
    return (await this.#link.jsm.streams.info(this.#stream)).cluster?.leader;
  }
}

/** The leader answers this question, too, although the library does not say so. */
interface NextApi {
  getMessage(stream: string, query: { seq: number; next_by_subj: string }): Promise<StoredLike | null>;
}

interface StoredLike {
  readonly seq: number;
  readonly data: Uint8Array;
  readonly header: StoredMessage['headers'];
}

/** The message in an answer to a pull; `undefined`: it says why there are no more. */
function pulledOf({ reply = '', headers, data }: Msg): StoredMessage | undefined {
  // $JS.ACK.[domain.account.]stream.consumer.delivered.seqNo.consumerSeqNo.time.left[.random]
  if (!reply.startsWith('$JS.ACK.')) return undefined;
  const tokens = reply.split('.');
  return { seqNo: Number(tokens[tokens.length > 9 ? 7 : 5]), headers, data };
}

function storedMessageOf({ seq, header, data }: StoredLike): StoredMessage {
  return { seqNo: seq, headers: header, data };
}
