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
 * before anything is refused, the id is asked for, by a message that cannot be stored because it expects a head that no
 * topic can have.
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
import type { KeptState } from './kept-state.ts';
import type { NatsLink } from './link.ts';
import { RecentContents } from './recent-contents.ts';
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
/** No head has this seqNo. */
const IMPOSSIBLE_SEQ_NO = Number.MAX_SAFE_INTEGER;
const CALL_ID_LENGTH = 12;

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
    if (this.#underWay.size >= UNDER_WAY_MAX) return Promise.reject(overloaded('of publishes under way'));
    const { clock, random } = this.#options;
    const publish: Publish = {
      request,
      natsId: natsIdOf(request),
      callId: randomId(random, CALL_ID_LENGTH),
      fingerprint: fingerprintOf(request),
      untilAt: clock.now() + PATIENCE_MS,
    };
    const result = request.key === undefined ? this.#inLine(publish, () => this.#store(publish)) : this.#keyed(publish);
    const settled = result.then(
      () => {},
      () => {},
    );
    this.#underWay.add(settled);
    settled.then(() => this.#underWay.delete(settled));
    return result;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Does something when everything of this publisher and topic that was begun before is stored, or not. */
  #inLine<Result>({ request: { topic, publisher } }: Publish, work: () => Promise<Result>): Promise<Result> {
    const line = `${topic}\n${publisher}`;
    const before = this.#lines.get(line);
    const result = before === undefined ? work() : before.then(work);
    const after = result.then(
      () => {},
      () => {},
    );
    this.#lines.set(line, after);
    after.then(() => {
      if (this.#lines.get(line) === after) this.#lines.delete(line);
    });
    return result;
  }

  /** A message with a key is answered when its copy exists, too. */
  async #keyed(publish: Publish): Promise<PublishResult> {
    const { feeds } = this.#options;
    const { topic, key } = publish.request;
    return feeds.with(topic, publish.untilAt, async (feed) => {
      throw new Error(`unfinished ${topic} ${key} ${feed.topic}`);
    });
  }

  async #store(publish: Publish): Promise<PublishResult> {
    throw new Error(`unfinished ${publish.natsId}`);
  }
}
