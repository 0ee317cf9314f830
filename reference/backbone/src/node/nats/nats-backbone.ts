/**
 * The backbone over NATS JetStream: for gateways on several machines.
 *
 * Theory of operation. Two streams hold everything: the log, one subject for each topic, and copies of what outlives the
 * history (`state-copies.ts`). NATS gives each message its number, which is its seqNo, keeps ids for the dedup window, and
 * sends what is stored to every gateway that listens to the topic (`topic-feed.ts`): one subscription for each open topic
 * and no consumer at all. What is lost on the way is read from the stream (`topic-log.ts`).
 *
 * Before anything is asked, and anew after each reconnect and at every doubt, the streams are looked at: that they exist,
 * that they are made as they must be, and in which life (`life.ts`).
 *
 * Durability. One server answers when the message is written, and syncs its files now and then (2.9: at least every two
 * minutes): the end of the process loses nothing, the loss of power may. Several replicas answer when most of them have it.
 *
 * What NATS decides for itself, so that limits of a gateway do not reach it: how many topics and how many ids there are,
 * and how many bytes they take. Its own limits (`max_file_store`) refuse what is too much: OVERLOADED.
 *
 * Known weak spots. Restarted, NATS knows only the ids of messages that are still stored, so the repeat of a message that
 * has left the history within the dedup window is stored again. The content of a repeat can be compared only while the
 * message is stored, or by the gateway that published it. Clusters before 2.11 do not keep an expected seqNo, so there it
 * is refused. And whoever may send to the subjects of the streams, or to those of the copies, by the server's own
 * permissions, is believed.
 */

import { DEFAULT_LIMITS, type Limits, type Position, ProtocolError } from '@micro-socket/protocol';
import type { Clock } from '@micro-socket/transport';
import type {
  Backbone,
  Durability,
  EntryListener,
  FeedEvents,
  PublishRequest,
  PublishResult,
  ReadRange,
  TopicSnapshot,
  TopicSubscription,
  TopicTail,
} from '../../contract.ts';
import { Access } from './access.ts';
import { NatsUnsuitableError, StreamMismatchError } from './errors.ts';
import { Feeds } from './feeds.ts';
import { KeptBytes, type KeptStateOptions, stateAt } from './kept-state.ts';
import { Lanes } from './lanes.ts';
import { epochOf, type Life, LifeRecord, lifeIdIn } from './life.ts';
import { NatsLink, type NatsLinkOptions } from './link.ts';
import { Publisher } from './publisher.ts';
import { OvertakenError, StateCopies } from './state-copies.ts';
import { StreamReader } from './stream-reader.ts';
import { Streams } from './streams.ts';
import { Subjects } from './subjects.ts';
import { TopicFeed } from './topic-feed.ts';
import { TopicLog } from './topic-log.ts';

export interface NatsBackboneOptions extends NatsLinkOptions {
  /** The name of the stream, and the beginning of that of the second one: 1 to 200 of `A-Z a-z 0-9 _ -`. */
  readonly stream?: string | undefined;
  /** On how many servers each message is stored; 1 by default. */
  readonly replicas?: number | undefined;
  readonly limits?: Limits | undefined;
  readonly clock: Clock;
  /** Hears each new problem, in one sentence, and `undefined` when there is none any more. Must not throw. */
  readonly onProblem?: ((problem: string | undefined) => void) | undefined;
  /** Hears of what a listener threw, which touches nobody else. Must not throw. */
  readonly onListenerError?: ((error: unknown) => void) | undefined;
}

/** How long a question is asked again before it is UNAVAILABLE. */
const QUESTION_PATIENCE_MS = 10_000;
/** How long the streams may take to be ready at the beginning. */
const START_PATIENCE_MS = 30_000;
/** How long `close` waits for publishes that are under way. */
const CLOSE_PATIENCE_MS = 2_000;
/** So many open topics are asked for their heads, or read, at the same time. */
const FEEDS_ASKING_MAX = 64;
/** NATS takes no shorter one. */
const DEDUP_WINDOW_MS_MIN = 100;
/** A subscribe that is overtaken by the end of its feed is begun again so often. */
const JOINS_MAX = 3;

export class NatsBackbone implements Backbone {
  readonly durability: Durability;
  readonly retentionMessagesMax: number;
  readonly dedupWindowMs: number;
  readonly #options: NatsBackboneOptions;
  readonly #link: NatsLink;
  readonly #access: Access;
  readonly #streams: Streams;
  readonly #log: TopicLog;
  readonly #copies: StateCopies;
  readonly #feeds: Feeds;
  readonly #publisher: Publisher;
  #life: Life | undefined;
  #settling: Promise<void> | undefined;
  #doubts = 0;
  #toldProblem: string | undefined;

  /**
   * Connects, and makes the streams if they do not exist. Rejects with NatsConnectError, NatsUnsuitableError or
   * StreamMismatchError, and with a RangeError for options that cannot be.
   */
  static async connect(options: NatsBackboneOptions): Promise<NatsBackbone> {
    const { limits = DEFAULT_LIMITS, stream = 'MS' } = options;
    if (limits.dedupWindowMs < DEDUP_WINDOW_MS_MIN) {
      throw new RangeError(
        `NATS has no dedupWindowMs below ${DEDUP_WINDOW_MS_MIN}, and it is ${limits.dedupWindowMs}.`,
      );
    }
    const subjects = new Subjects(stream);
    const link = await NatsLink.connect(options);
    const backbone = new NatsBackbone(options, link, subjects);
    try {
      await backbone.#begin();
      return backbone;
    } catch (error) {
      await backbone.close();
      throw error;
    }
  }

  private constructor(options: NatsBackboneOptions, link: NatsLink, subjects: Subjects) {
    const { limits = DEFAULT_LIMITS, replicas = 1, clock, random, onListenerError = () => {} } = options;
    const { historyLengthMax, dedupWindowMs } = limits;
    this.#options = options;
    this.#link = link;
    this.durability = replicas > 1 ? 'replicated' : 'written';
    // One less than the stream keeps: whoever comes from the message before those that are promised finds it there, and
    // so can be told that nothing is missing. The server does not tell what stood before a message that it gives.
    this.retentionMessagesMax = Math.max(1, historyLengthMax - 1);
    this.dedupWindowMs = dedupWindowMs;

    const now = () => clock.now();
    const epoch = (topic: string) => this.#epochOf(topic);
    const isReplicated = replicas > 1;
    const access = new Access({ link, clock, random, onDoubt: () => this.#doubt() });
    const record = new LifeRecord(link, subjects, random);
    const streams = new Streams({ link, subjects, record, replicas, historyLengthMax, dedupWindowMs });
    const reader = new StreamReader(link, subjects.stream, isReplicated);
    const log = new TopicLog({ reader, subjects, historyLengthMax, epochOf: epoch });
    const copies = new StateCopies({
      link,
      reader: new StreamReader(link, subjects.stateStream, isReplicated),
      log,
      subjects,
      life: () => this.#knownLife(),
      epochOf: epoch,
      now,
    });
    const keptBytes = new KeptBytes();
    const state = (topic: string): KeptStateOptions => {
      return { topic, keptBytes, copies, access, historyLengthMax, now };
    };
    const lanes = new Lanes(FEEDS_ASKING_MAX);
    const feeds = new Feeds({
      clock,
      random,
      access,
      limits,
      keptBytes,
      make: (topic, onOver) =>
        new TopicFeed({
          topic,
          epoch: epoch(topic),
          link,
          access,
          log,
          subjects,
          state: state(topic),
          lanes,
          now,
          onListenerError,
          onHistoryLost: () => this.#endLife(),
          onOver,
        }),
    });
    this.#access = access;
    this.#streams = streams;
    this.#log = log;
    this.#copies = copies;
    this.#feeds = feeds;
    this.#publisher = new Publisher({
      link,
      access,
      feeds,
      log,
      subjects,
      limits,
      clock,
      random,
      epochOf: epoch,
      isReplicated,
    });
    link.listen({ onUp: () => this.#doubt(), onDown: () => this.#fall(), onRefusal: () => this.#tellProblem() });
    link.subscribe(subjects.lifeCopy, ({ data }) => {
      // What we know already may come late.
      if (lifeIdIn(data) !== this.#life?.id) this.#doubt();
    });
  }

  get problem(): string | undefined {
    return this.#access.problem;
  }

  async publish(request: PublishRequest): Promise<PublishResult> {
    return this.#answer(() => this.#publisher.publish(request));
  }

  async subscribe(topic: string, listener: EntryListener, events: FeedEvents = {}): Promise<TopicSubscription> {
    return this.#answer(async () => {
      const untilAt = this.#questionEnd();
      for (let join = 1; ; join++) {
        const feed = await this.#feeds.pin(topic, untilAt);
        try {
          const { seqNo } = await this.#access.insist(untilAt, () => this.#log.head(topic));
          await this.#access.within(untilAt, feed.reach(seqNo));
          const subscription = feed.join(listener, events);
          const close = () => {
            subscription.close();
            this.#feeds.release(feed);
          };
          return { head: subscription.head, close };
        } catch (error) {
          if (!feed.isOver || join >= JOINS_MAX) throw error;
        } finally {
          this.#feeds.unpin(feed);
        }
      }
    });
  }

  async read(topic: string, range: ReadRange) {
    return this.#ask(() => this.#log.read(topic, range));
  }

  async snapshot(topic: string): Promise<TopicSnapshot> {
    return this.#answer(async () => {
      const untilAt = this.#questionEnd();
      try {
        if (this.#feeds.get(topic) === undefined) return await this.#loadSnapshot(topic, untilAt);
      } catch (error) {
        if (!(error instanceof OvertakenError)) throw error;
      }
      return this.#keptSnapshot(topic, untilAt);
    });
  }

  async tail(topic: string, count: number): Promise<TopicTail> {
    return this.#ask(() => this.#log.tail(topic, count));
  }

  async head(topic: string): Promise<Position> {
    return this.#ask(() => this.#log.head(topic));
  }

  async anchor(topic: string, position: Position): Promise<boolean> {
    return this.#ask(() => this.#log.anchor(topic, position));
  }

  /** Answers what is under way, leaves nothing behind on the server, and can be called again. */
  async close(): Promise<void> {
    if (this.#access.isClosed) return;
    if (this.#access.isOpen) {
      const untilAt = this.#options.clock.now() + CLOSE_PATIENCE_MS;
      await this.#access.within(untilAt, this.#publisher.settled()).catch(() => {});
    }
    this.#access.close();
    this.#feeds.closeAll();
    await this.#link.close();
  }

  /** Of a topic that is not open, and need not be. */
  async #loadSnapshot(topic: string, untilAt: number): Promise<TopicSnapshot> {
    const { head, held } = await this.#access.insist(untilAt, () => this.#copies.load(topic));
    return { head, entries: stateAt(held, this.#options.clock.now()) };
  }

  async #keptSnapshot(topic: string, untilAt: number): Promise<TopicSnapshot> {
    const snapshot = await this.#feeds.with(topic, untilAt, async (feed) => {
      const { seqNo } = await this.#access.insist(untilAt, () => this.#log.head(topic));
      await this.#access.within(untilAt, feed.reach(seqNo));
      const state = await feed.state(untilAt);
      return { head: state.head, entries: state.entries() };
    });
    this.#feeds.boundStates();
    return snapshot;
  }

  #questionEnd(): number {
    return this.#options.clock.now() + QUESTION_PATIENCE_MS;
  }

  #ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    return this.#answer(() => this.#access.insist(this.#questionEnd(), question));
  }

  /** What NATS refuses for a reason that nobody expected is UNAVAILABLE, too. */
  async #answer<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof ProtocolError ? error : this.#access.unavailable(error);
    }
  }

  async #begin(): Promise<void> {
    const untilAt = this.#options.clock.now() + START_PATIENCE_MS;
    this.#access.open();
    try {
      this.#life = await this.#access.insist(untilAt, () => this.#streams.settle());
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw new NatsUnsuitableError(this.#sentenceOf(error.cause ?? error), error);
    }
  }

  #knownLife(): Life {
    if (this.#life === undefined) throw new Error('The life of the stream is not known yet.');
    return this.#life;
  }

  #epochOf(topic: string): string {
    return epochOf(this.#knownLife(), topic);
  }

  #fall(): void {
    this.#access.shut();
    this.#feeds.suspendAll();
    this.#tellProblem();
  }

  /** Looks at the streams again before anything else is asked. */
  #doubt(): void {
    if (this.#life === undefined || this.#access.isClosed || !this.#link.isUp) return;
    this.#doubts += 1;
    this.#access.shut();
    this.#feeds.suspendAll();
    this.#settling ??= this.#settle().finally(() => {
      this.#settling = undefined;
    });
  }

  async #settle(): Promise<void> {
    for (let failures = 0; this.#link.isUp && !this.#access.isClosed; ) {
      try {
        const doubts = this.#doubts;
        const life = await this.#link.attempt(() => this.#streams.settle());
        // What was read may be older than the last doubt.
        if (doubts !== this.#doubts) continue;
        this.#live(life);
        return;
      } catch (error) {
        if (!this.#link.isUp) return;
        this.#access.shut(this.#sentenceOf(error));
        this.#tellProblem();
        await this.#access.pause(++failures);
      }
    }
  }

  #sentenceOf(error: unknown): string {
    if (error instanceof StreamMismatchError || error instanceof NatsUnsuitableError) return error.message;
    const reason = error instanceof Error ? error.message : String(error);
    return `JetStream at ${this.#link.servers} does not answer as it should: ${reason}.`;
  }

  #live(life: Life): void {
    const isSame = this.#life?.id === life.id;
    this.#life = life;
    this.#access.open();
    if (!isSame) this.#feeds.loseAll();
    this.#feeds.checkAll();
    this.#tellProblem();
  }

  /** The stream has lost its newest messages: what it stores from now on is in new epochs. */
  #endLife(): void {
    const ended = this.#life;
    if (ended === undefined) return;
    this.#access
      .insist(this.#questionEnd(), () => this.#streams.renew(ended))
      .then(
        () => this.#doubt(),
        // Whoever notices it next tries again.
        () => {},
      );
  }

  #tellProblem(): void {
    const { problem } = this;
    if (problem === this.#toldProblem || this.#access.isClosed) return;
    this.#toldProblem = problem;
    this.#options.onProblem?.(problem);
  }
}
