/**
 * Storing messages.
 *
 * Order. Messages of one publisher to one topic go one after the other: the next one is sent when it is known what became
 * of the one before. Sending ahead would be faster and wrong, because a server may drop one message (it has just lost the
 * lead) and store the next.
 *
 * Repeats. A message is sent again, with the same id, until it is answered or its time is over; NATS stores it once. Then
 * it is UNAVAILABLE: it may be stored or not. NATS remembers ids of the whole stream, so the id that it is given is made
 * of topic, publisher and messageId.
 *
 * "A repeat is recognised before anything else is checked": a replicated stream looks at the expected seqNo first. So
 * before anything is refused, the id is asked for, by a message that cannot be stored because it expects that the message
 * before it has an id that none can have. That, NATS looks at last.
 */

import { createHash } from 'node:crypto';
import { type Limits, type Position, ProtocolError } from '@micro-socket/protocol';
import { type Clock, type Random, randomId } from '@micro-socket/transport';
import { JetStreamApiError, type PubAck } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import type { PublishRequest, PublishResult } from '../../contract.ts';
import { fingerprintOf } from '../../parts/fingerprint.ts';
import { overloaded } from '../../parts/overloaded.ts';
import type { Access } from './access.ts';
import { type Content, sealed } from './envelope.ts';
import type { Feeds } from './feeds.ts';
import type { NatsLink } from './link.ts';
import { RecentContents } from './recent-contents.ts';
import { CLUSTER_EXPECT_VERSION_MIN, isAtLeast } from './server-version.ts';
import { COPY_BYTES } from './state-copies.ts';
import type { Subjects } from './subjects.ts';
import type { TopicFeed } from './topic-feed.ts';
import type { TopicLog } from './topic-log.ts';

export interface PublisherOptions {
  readonly link: NatsLink;
  readonly access: Access;
  readonly feeds: Feeds;
  readonly log: TopicLog;
  readonly subjects: Subjects;
  readonly limits: Pick<Limits, 'stateKeysMax' | 'dedupWindowMs'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly epochOf: (topic: string) => string;
  readonly isReplicated: boolean;
}

/** A publish that is under way. */
interface Publish {
  readonly request: PublishRequest;
  readonly natsId: string;
  readonly callId: string;
  readonly fingerprint: number;
  /** When it is given up, in milliseconds since 1970. */
  readonly untilAt: number;
}

/** How long a message is sent again before it is UNAVAILABLE. */
const PATIENCE_MS = 10_000;
/** How many may be unanswered at the same time. */
const UNDER_WAY_MAX = 10_000;
/** The last sequence number of a subject is not the expected one. */
const WRONG_LAST_SEQUENCE = 10071;
/** It tells the same, without the number. */
const WRONG_LAST_SEQUENCE_UNKNOWN = 10164;
/** No more storage: of the account, of the server, of the stream. */
const FULL = [10002, 10023, 10047, 10077];
/** The last id of the stream is not the expected one. */
const WRONG_LAST_ID = 10070;
/** No message has this id: all of ours are hashes. */
const IMPOSSIBLE_ID = '=none';
const CALL_ID_LENGTH = 12;
/** How long to wait until there may be room again. */
const FULL_AFTER_MS = 1_000;

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #recent: RecentContents;
  /** The last message of each publisher to each topic: resolves when it is known what became of it. */
  readonly #lines = new Map<string, Promise<void>>();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#recent = new RecentContents(options.limits.dedupWindowMs);
  }

  publish(request: PublishRequest): Promise<PublishResult> {
    if (this.#underWay.size >= UNDER_WAY_MAX) return Promise.reject(overloaded('publishes under way'));
    const { clock, random } = this.#options;
    const publish: Publish = {
      request,
      natsId: natsIdOf(request),
      callId: randomId(random, CALL_ID_LENGTH),
      fingerprint: fingerprintOf(request),
      untilAt: clock.now() + PATIENCE_MS,
    };
    const { key } = request;
    const result = key === undefined ? this.#plain(publish) : this.#keyed(publish, key);
    const settled = settledOf(result);
    this.#underWay.add(settled);
    settled.then(() => this.#underWay.delete(settled));
    return result;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Does something as soon as it is known what became of everything before it in the same line. */
  #inLine<Result>({ topic, publisher }: PublishRequest, work: () => Promise<Result>): Promise<Result> {
    const line = `${topic}\n${publisher}`;
    const result = (this.#lines.get(line) ?? Promise.resolve()).then(work);
    const settled = settledOf(result);
    this.#lines.set(line, settled);
    settled.then(() => {
      if (this.#lines.get(line) === settled) this.#lines.delete(line);
    });
    return result;
  }

  /** A message without a key pushes others out of the history, too. */
  #plain(publish: Publish): Promise<PublishResult> {
    const { access, feeds } = this.#options;
    const { untilAt, request } = publish;
    return this.#inLine(request, async () => {
      const old = feeds.get(request.topic)?.secureOld();
      if (old !== undefined) await access.within(untilAt, old);
      return this.#store(publish);
    });
  }

  /** A message with a key is answered when its copy exists, too. The next one in its line need not wait for that. */
  async #keyed(publish: Publish, key: string): Promise<PublishResult> {
    const { access, feeds } = this.#options;
    const { untilAt, request } = publish;
    const { result, feed, end } = await this.#inLine(request, () => this.#storeWithKey(publish, key));
    try {
      // The entry that is heard knows which one came before it; the answer does not.
      await access.within(untilAt, feed.reach(result.position.seqNo));
      const state = await feed.state(untilAt);
      await access.within(untilAt, state.secure(key));
      return result;
    } finally {
      end();
      feeds.boundStates();
    }
  }

  async #storeWithKey(publish: Publish, key: string): Promise<{ result: PublishResult; feed: TopicFeed; end(): void }> {
    const { access, feeds } = this.#options;
    const { untilAt, request } = publish;
    const feed = await feeds.pin(request.topic, untilAt);
    let endAdding = () => {};
    const end = () => {
      endAdding();
      feeds.unpin(feed);
    };
    try {
      const state = await feed.state(untilAt);
      // What this gateway was told that it is stored counts.
      await access.within(untilAt, feed.reach(feed.storedSeqNo));
      const known = request.payload === null ? undefined : await this.#requireRoom(publish, feed, key);
      if (known !== undefined) return { result: known, feed, end };
      endAdding = state.adding(key);
      await access.within(untilAt, state.secureOld() ?? Promise.resolve());
      return { result: await this.#store(publish), feed, end };
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Throws OVERLOADED when the topic cannot have one key more. What was stored before is answered all the same. */
  async #requireRoom(publish: Publish, feed: TopicFeed, key: string): Promise<PublishResult | undefined> {
    const { access, log, limits } = this.#options;
    const { untilAt } = publish;
    const hasRoom = async () => (await feed.state(untilAt)).hasRoomFor(key, limits.stateKeysMax);
    if (await hasRoom()) return undefined;
    // Another gateway may have removed a key.
    const { seqNo } = await access.insist(untilAt, () => log.head(feed.topic));
    await access.within(untilAt, feed.reach(seqNo));
    if (await hasRoom()) return undefined;
    const known = await this.#known(publish);
    if (known === undefined) throw overloaded('stateKeysMax');
    return known;
  }

  /** Stores a message, or finds out that it is stored. */
  async #store(publish: Publish): Promise<PublishResult> {
    const { access, clock, epochOf, feeds } = this.#options;
    const { request, natsId, fingerprint, untilAt } = publish;
    const { topic, messageId, expectSeqNo } = request;
    if (expectSeqNo !== undefined && !this.#canExpect()) return this.#refuseToExpect(publish);
    let ack: PubAck;
    try {
      ack = await access.insist(untilAt, () => this.#send(publish));
    } catch (error) {
      if (expectSeqNo === undefined || !isWrongSequence(error)) throw error;
      const known = await this.#known(publish);
      if (known !== undefined) return known;
      throw await this.#seqConflict(publish, expectSeqNo);
    }
    if (ack.duplicate) return this.#repeated(publish, ack.seq);
    const position: Position = { epoch: epochOf(topic), seqNo: ack.seq, messageId };
    this.#recent.add(natsId, fingerprint, position, clock.now());
    feeds.get(topic)?.noteStored(ack.seq);
    return { status: 'ok', position };
  }

  /** Whether NATS keeps an expected seqNo. A promise that is broken now and then would be worse than none. */
  #canExpect(): boolean {
    const { isReplicated, link } = this.#options;
    return !isReplicated || isAtLeast(link.version, CLUSTER_EXPECT_VERSION_MIN);
  }

  async #refuseToExpect(publish: Publish): Promise<PublishResult> {
    const known = await this.#known(publish);
    if (known !== undefined) return known;
    const { version } = this.#options.link;
    const message = `expectSeqNo cannot be kept by a cluster of NATS ${version}; ${CLUSTER_EXPECT_VERSION_MIN} or newer is needed.`;
    throw new ProtocolError('INVALID_FIELD', message);
  }

  /** Makes one attempt. */
  async #send({ request, natsId, callId }: Publish): Promise<PubAck> {
    const { link, subjects, clock } = this.#options;
    const { messageId, payload, sizeBytes, key, ref, by, ttlMs, signature, topic, expectSeqNo } = request;
    const time = clock.now();
    const content: Content = { messageId, time, payload, sizeBytes, key, ref, by, ttlMs, signature };
    const { headers: wrapped, body, bytes } = sealed(content, callId);
    const bytesMax = link.messageBytesMax - COPY_BYTES;
    if (bytes > bytesMax) {
      const message = `payload is too large for NATS: with what comes with it, it has ${bytes} bytes, and no more than ${bytesMax} are taken.`;
      throw new ProtocolError('INVALID_FIELD', message);
    }
    wrapped.set('Nats-Msg-Id', natsId);
    if (expectSeqNo !== undefined) wrapped.set('Nats-Expected-Last-Subject-Sequence', `${expectSeqNo}`);
    try {
      return await link.js.publish(subjects.of(topic), body, { headers: wrapped });
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || !FULL.includes(error.code)) throw error;
      const message = `NATS has no room for the message: ${error.message}; try again later.`;
      throw new ProtocolError('OVERLOADED', message, { afterMs: FULL_AFTER_MS, cause: error });
    }
  }

  /** What is stored under the id of a message, which is not stored by asking. */
  async #known(publish: Publish): Promise<PublishResult | undefined> {
    const { access, link, subjects } = this.#options;
    const { request, natsId, untilAt } = publish;
    const wrapped = headers();
    wrapped.set('Nats-Msg-Id', natsId);
    wrapped.set('Nats-Expected-Last-Msg-Id', IMPOSSIBLE_ID);
    try {
      const ask = () => link.js.publish(subjects.of(request.topic), '', { headers: wrapped });
      const { duplicate, seq } = await access.insist(untilAt, ask);
      return duplicate ? await this.#repeated(publish, seq) : undefined;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === WRONG_LAST_ID) return undefined;
      throw error;
    }
  }

  /** The answer to a message whose id stands at a seqNo already. */
  async #repeated(publish: Publish, seqNo: number): Promise<PublishResult> {
    const { access, clock, epochOf, log } = this.#options;
    const { request, natsId, callId, fingerprint, untilAt } = publish;
    const { topic, messageId } = request;
    const position: Position = { epoch: epochOf(topic), seqNo, messageId };
    let known = this.#recent.find(natsId, position, clock.now());
    if (known === undefined) {
      const stored = await access.insist(untilAt, () => log.envelopeAt(topic, seqNo));
      // What has left the history cannot be compared.
      known = stored?.fingerprint ?? fingerprint;
      this.#recent.add(natsId, known, position, clock.now());
      // An earlier attempt of this very call was stored, and its answer was lost.
      if (stored?.callId === callId) return { status: 'ok', position };
    }
    if (known === fingerprint) return { status: 'duplicate', position };
    const message = `The messageId ${messageId} was used before on ${topic} with another payload, key, ref, ttlMs or signature.`;
    throw new ProtocolError('MESSAGE_ID_CONFLICT', message);
  }

  async #seqConflict({ request: { topic }, untilAt }: Publish, expectSeqNo: number): Promise<ProtocolError> {
    const { access, log } = this.#options;
    const { seqNo } = await access.insist(untilAt, () => log.head(topic));
    return new ProtocolError('SEQ_CONFLICT', `The head of ${topic} is at seqNo ${seqNo}, not at ${expectSeqNo}.`);
  }
}

/** One id for one (topic, publisher, messageId), and another one for every other. */
function natsIdOf({ topic, publisher, messageId }: PublishRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([topic, publisher, messageId]))
    .digest('base64url');
}

function isWrongSequence(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  return error.code === WRONG_LAST_SEQUENCE || error.code === WRONG_LAST_SEQUENCE_UNKNOWN;
}

function settledOf(promise: Promise<unknown>): Promise<void> {
  return promise.then(
    () => {},
    () => {},
  );
}
