/**
 * The backbone that keeps its messages on a disk, for one process: what is acknowledged survives the end of that process,
 * and at the level `disk` the loss of power.
 *
 * **Group commit.** One transaction is under way at a time. What is published meanwhile waits, and the next transaction
 * takes all of it, so that a hundred publishers pay for one wait for the disk together. Inside the transaction the
 * publishes are decided one after the other, in the order of the calls, each seeing what those before it have changed. A
 * publish is answered, and listeners hear its entry, after the transaction has succeeded, in the same order.
 *
 * **Failure.** A transaction that fails (a full disk, mostly) changes nothing: what it changed in memory is undone, and all
 * that were in it are rejected with UNAVAILABLE, the refused among them, because they may have been refused for the sake
 * of those that are not stored now. Then the store is opened anew, and what it holds decides: if the transaction is there
 * after all, it has succeeded. Questions go on being answered. The next publish tries again.
 *
 * **What is in memory.** The rows of the topics, the ids of the dedup window, who listens. Messages are read from the file
 * when they are asked for, by mapping it into memory: a question that needs pages that are not there blocks for as long
 * as it takes to read them.
 *
 * There is no timer in here: what has become too old is cleared away by publishes, and left out of answers until then.
 */

import { type Limits, type Position, ProtocolError } from '@micro-socket/protocol';
import { type Clock, type Random, randomId } from '@micro-socket/transport';
import type {
  Backbone,
  Durability,
  Entry,
  EntryListener,
  LossListener,
  PublishRequest,
  PublishResult,
  ReadRange,
  TopicSnapshot,
  TopicSubscription,
  TopicTail,
} from '../../contract.ts';
import { unavailable } from '../../parts/unavailable.ts';
import { CommitQueue, type CommitQueueLimits } from './commit-queue.ts';
import { DiskTopics } from './disk-topics.ts';
import { DamagedRecord } from './errors.ts';
import { History } from './history.ts';
import { IdLog } from './id-log.ts';
import { numberKey } from './keys.ts';
import { EPOCH_LENGTH, Folder, OwnerChanged } from './open-folder.ts';
import { epochOf, type TopicRow, topicRowOf } from './records.ts';
import type { CommitFailed } from './store.ts';

/** How much one transaction takes, so that it does not keep the event loop for long. */
const PUBLISHES_PER_COMMIT_MAX = 1_000;
const BYTES_PER_COMMIT_MAX = 8 * 1_024 * 1_024;

const COMMIT_QUEUE_LIMITS: CommitQueueLimits = {
  commitQueueMax: 10_000,
  commitQueueBytesMax: 64 * 1_024 * 1_024,
};

export interface DiskBackboneOptions extends Partial<CommitQueueLimits> {
  /** The folder of the store. It is made where it is not there. */
  readonly directory: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: Limits;
  /** `disk`: an acknowledged message survives the loss of power. `written`: it survives the end of the process; faster. */
  readonly durability: 'disk' | 'written';
  /** Messages older than this leave the history; none do by default. State stays. */
  readonly historyAgeMaxMs?: number | undefined;
  /** Names this run of the machine; by default what Linux calls it. With a new name, what was only `written` may be lost. */
  readonly bootId?: string | undefined;
  /** Hears of every change of `problem`. Must not throw. */
  readonly onProblem?: ((problem: string | undefined) => void) | undefined;
  /** Hears of what a listener threw, which touches nobody else. Must not throw. */
  readonly onListenerError?: ((error: unknown) => void) | undefined;
}

/** What it has done since it was opened. */
export interface DiskCounters {
  /** Transactions that have succeeded and stored something. */
  readonly commits: number;
  readonly failedCommits: number;
  readonly publishes: number;
  /** Records that opening had to read. */
  readonly recordsReadAtOpening: number;
}

/** Something that the next transaction decides. */
interface Op {
  readonly sizeBytes: number;
  /** Decides it inside the transaction. What it gives is done when the transaction has succeeded. */
  decide(): () => void;
  readonly reject: (error: unknown) => void;
}

interface Feed {
  readonly onLost: LossListener;
  readonly leave: () => void;
}

export class DiskBackbone implements Backbone {
  readonly durability: Durability;
  readonly retentionMessagesMax: number;
  readonly dedupWindowMs: number;
  /** The real path of its folder. */
  readonly directory: string;
  readonly #options: DiskBackboneOptions;
  readonly #folder: Folder;
  readonly #queue: CommitQueue<Op>;
  readonly #feeds = new Set<Feed>();
  #topics: DiskTopics;
  #ids: IdLog;
  /** How many transactions have changed the store. */
  #commitNo = 0;
  #nextTopicId = 0;
  #problem: string | undefined;
  /** Whether something was found that has to be put right when the store is opened the next time. */
  #isDamaged = false;
  /** Whether what is in memory is what is stored. It is not when the store could not be opened again. */
  #isLoaded = true;
  #isClosed = false;
  /** Whether the transaction under way was left before its end: what it has written is then not all that belongs to it. */
  #isHalfDone = false;
  /** Why nothing can be done any more until the store is opened by a new backbone. */
  #brokenBy: string | undefined;
  /** While there is anything to be committed. */
  #committing: Promise<void> | undefined;
  /** While the store is being opened anew. */
  #recovering: Promise<void> | undefined;
  #counters = { commits: 0, failedCommits: 0, publishes: 0, recordsReadAtOpening: 0 };

  /**
   * Opens a store, or makes one. Rejects with `DirectoryInUseError` when somebody else has it open, with
   * `DirectoryUnusableError` when the folder cannot be read and written, and with `StoreDamagedError`.
   */
  static async open(options: DiskBackboneOptions): Promise<DiskBackbone> {
    const { directory, random, durability, bootId } = options;
    const folder = await Folder.open({ directory, random, level: durability, bootId });
    try {
      return new DiskBackbone(options, folder);
    } catch (error) {
      await folder.close(false);
      throw error;
    }
  }

  private constructor(options: DiskBackboneOptions, folder: Folder) {
    const { limits, durability } = options;
    this.#options = options;
    this.#folder = folder;
    this.durability = durability;
    this.directory = folder.directory;
    this.retentionMessagesMax = limits.historyLengthMax;
    this.dedupWindowMs = limits.dedupWindowMs;
    this.#queue = new CommitQueue({
      commitQueueMax: options.commitQueueMax ?? COMMIT_QUEUE_LIMITS.commitQueueMax,
      commitQueueBytesMax: options.commitQueueBytesMax ?? COMMIT_QUEUE_LIMITS.commitQueueBytesMax,
    });
    [this.#topics, this.#ids] = this.#load();
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** What was wrong with the store and was put right when it was opened, as sentences. */
  get repaired(): readonly string[] {
    return this.#folder.repaired;
  }

  get counters(): DiskCounters {
    return { ...this.#counters };
  }

  // #region contract

  publish(request: PublishRequest): Promise<PublishResult> {
    const now = this.#options.clock.now();
    return new Promise((resolve, reject) => {
      const decide = () => this.#decidePublish(request, now, resolve, reject);
      this.#enqueue({ sizeBytes: request.sizeBytes, decide, reject });
    });
  }

  async subscribe(topic: string, listener: EntryListener, onLost: LossListener = () => {}): Promise<TopicSubscription> {
    await this.#ready();
    if (this.#topics.hasPlaceFor(topic)) return this.#listen(topic, listener, onLost);
    return new Promise((resolve, reject) => {
      const decide = () => this.#decidePlace(topic, () => resolve(this.#listen(topic, listener, onLost)), reject);
      this.#enqueue({ sizeBytes: 0, decide, reject });
    });
  }

  read(topic: string, range: ReadRange): Promise<readonly Entry[]> {
    return this.#ask(
      topic,
      (history): readonly Entry[] => history.read(range),
      () => [],
    );
  }

  snapshot(topic: string): Promise<TopicSnapshot> {
    return this.#ask(
      topic,
      (history) => history.snapshot(),
      (head) => ({ head, entries: [] }),
    );
  }

  tail(topic: string, count: number): Promise<TopicTail> {
    return this.#ask(
      topic,
      (history) => history.tail(count),
      (head) => ({ before: head, entries: [], head }),
    );
  }

  head(topic: string): Promise<Position> {
    return this.#ask(
      topic,
      (history) => history.head,
      (head) => head,
    );
  }

  anchor(topic: string, position: Position): Promise<boolean> {
    return this.#ask(
      topic,
      (history) => history.anchors(position),
      (head) => position.epoch === head.epoch && position.seqNo === 0,
    );
  }

  /** Stores what waits, and gives the folder back. */
  async close(): Promise<void> {
    await this.#end(this.#isLoaded);
  }

  /** Gives the folder back as if the process had been killed: the next opening checks everything. */
  async abandon(): Promise<void> {
    await this.#end(false);
  }

  // #endregion contract

  async #end(isClean: boolean): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#committing;
    await this.#recovering;
    this.#feeds.clear();
    await this.#folder.close(isClean && !this.#isDamaged);
  }

  // #region questions

  async #ask<Answer>(
    name: string,
    question: (history: History) => Answer,
    unused: (head: Position) => Answer,
  ): Promise<Answer> {
    await this.#ready();
    const row = this.#topics.get(name)?.committed;
    // Asking is not a reason to remember a topic that nobody uses.
    if (row === undefined) return unused({ epoch: this.#newEpoch(), seqNo: 0 });
    if (row.id === 0) return unused(this.#headOf(row));
    const { tables, generation } = this.#folder;
    const { clock, historyAgeMaxMs } = this.#options;
    try {
      const history = History.of(row.id, { tables, generation, now: clock.now(), historyAgeMaxMs });
      return history === undefined ? unused({ epoch: this.#newEpoch(), seqNo: 0 }) : question(history);
    } catch (error) {
      if (error instanceof DamagedRecord) this.#noteDamage();
      throw unavailable(`The messages of ${name} cannot be read.`, error);
    }
  }

  #headOf(row: TopicRow): Position {
    const { headSeqNo: seqNo, headMessageId: messageId } = row;
    return { epoch: epochOf(row, this.#folder.generation), seqNo, messageId };
  }

  #newEpoch(): string {
    return randomId(this.#options.random, EPOCH_LENGTH);
  }

  /** Resolves when the store can be asked. Rejects with UNAVAILABLE when it cannot be opened. */
  async #ready(): Promise<void> {
    await this.#recovering;
    if (this.#isClosed) throw unavailable('The store is closed.');
    if (this.#isLoaded) return;
    this.#recovering ??= this.#openAnew().finally(() => {
      this.#recovering = undefined;
    });
    await this.#recovering;
    if (!this.#isLoaded) throw unavailable(this.#problem ?? 'The store cannot be opened.');
  }

  // #endregion questions

  // #region listening

  #listen(name: string, listener: EntryListener, onLost: LossListener): TopicSubscription {
    const { topic, leave } = this.#topics.listen(name, listener);
    const feed: Feed = { onLost, leave };
    this.#feeds.add(feed);
    const close = () => {
      this.#feeds.delete(feed);
      leave();
    };
    return { head: this.#headOf(topic.committed), close };
  }

  /** Ends all feeds, because nobody knows what they have missed. */
  #loseFeeds(): void {
    const feeds = [...this.#feeds];
    this.#feeds.clear();
    for (const { leave, onLost } of feeds) {
      leave();
      onLost();
    }
  }

  // #endregion listening

  // #region commit

  #enqueue(op: Op): void {
    if (this.#isClosed) {
      op.reject(unavailable('The store is closed.'));
      return;
    }
    try {
      this.#queue.push(op);
    } catch (error) {
      op.reject(error);
      return;
    }
    this.#committing ??= this.#commitAll();
  }

  /** It ends in the very turn in which nothing waits any more: what comes after that begins anew. */
  async #commitAll(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#recovering;
      if (!this.#isLoaded) await this.#openAnew();
      if (this.#isLoaded) await this.#commit();
      else this.#rejectWaiting(unavailable(this.#problem ?? 'The store cannot be opened.'));
    }
    this.#committing = undefined;
  }

  #rejectWaiting(error: unknown): void {
    for (let op = this.#queue.shift(); op !== undefined; op = this.#queue.shift()) op.reject(error);
  }

  /** One transaction with what waits, and its end in memory. */
  async #commit(): Promise<void> {
    const ops: Op[] = [];
    const settlements: (() => void)[] = [];
    let hasWritten = false;
    const beforeWrites = () => {
      this.#writeProgress();
      hasWritten = true;
    };
    try {
      await this.#folder.transaction(() => this.#decide(ops, settlements), beforeWrites);
    } catch (error) {
      const { cause } = error as CommitFailed;
      if (!(await this.#recover(cause))) {
        const failure = unavailable(this.#problem ?? sentenceOf(cause), cause);
        for (const op of ops) op.reject(failure);
        // It failed before it could take anything, and would do so for ever.
        if (ops.length === 0) this.#rejectWaiting(failure);
        return;
      }
    }
    if (hasWritten) {
      this.#commitNo += 1;
      this.#counters.commits += 1;
      this.#nextTopicId = this.#topics.changedNextTopicId ?? this.#nextTopicId;
      if (!this.#isDamaged) this.#setProblem(undefined);
    }
    this.#topics.commit();
    this.#ids.commit();
    for (const settle of settlements) settle();
    if (hasWritten) this.#folder.afterCommit(this.#options.clock.now());
  }

  /** Decides what waits, inside the transaction, in the order of the calls. */
  #decide(ops: Op[], settlements: (() => void)[]): void {
    this.#isHalfDone = true;
    let bytes = 0;
    while (ops.length < PUBLISHES_PER_COMMIT_MAX && bytes < BYTES_PER_COMMIT_MAX) {
      const op = this.#queue.shift();
      if (op === undefined) break;
      ops.push(op);
      bytes += op.sizeBytes;
      settlements.push(op.decide());
    }
    this.#topics.finish(ops.length);
    if (this.#topics.changedNextTopicId !== undefined) this.#writeProgress();
    this.#isHalfDone = false;
  }

  #writeProgress(): void {
    const nextTopicId = this.#topics.changedNextTopicId ?? this.#nextTopicId;
    this.#folder.writeProgress({ commitNo: this.#commitNo + 1, nextTopicId });
  }

  #decidePublish(
    request: PublishRequest,
    now: number,
    resolve: (result: PublishResult) => void,
    reject: (error: unknown) => void,
  ): () => void {
    try {
      const earlier = this.#ids.window.find(request, now);
      if (earlier !== undefined) {
        const result = duplicateOf(request, earlier);
        return () => resolve(result);
      }
      // What can be refused is refused here, before anything has changed.
      this.#requireSeqNo(request);
      this.#ids.window.requireRoom(request.publisher, now);
      this.#topics.requireRoom(request, now);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return () => reject(error);
    }
    const { topic, entry } = this.#topics.append(request, now);
    const { epoch, seqNo, messageId } = entry;
    const position = { epoch, seqNo, messageId };
    this.#ids.remember(request, position, topic.working?.ownEpoch ?? '', now);
    return () => {
      this.#counters.publishes += 1;
      topic.listeners.deliver(entry);
      resolve({ status: 'ok', position });
    };
  }

  #requireSeqNo({ topic, expectSeqNo }: PublishRequest): void {
    if (expectSeqNo === undefined) return;
    const seqNo = this.#topics.get(topic)?.working?.headSeqNo ?? 0;
    if (seqNo === expectSeqNo) return;
    throw new ProtocolError('SEQ_CONFLICT', `The head of ${topic} is at seqNo ${seqNo}, not at ${expectSeqNo}.`);
  }

  #decidePlace(topic: string, join: () => void, reject: (error: unknown) => void): () => void {
    try {
      this.#topics.makePlace(topic);
      return join;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return () => reject(error);
    }
  }

  // #endregion commit

  // #region failure

  /** Opens the store anew after a transaction that failed. Answers whether it has succeeded all the same. */
  #recover(cause: unknown): Promise<boolean> {
    this.#counters.failedCommits += 1;
    this.#setProblem(`Messages cannot be stored in ${this.directory}: ${sentenceOf(cause)}`);
    const recovery = this.#reopen(cause);
    this.#recovering = recovery.then(() => {
      this.#recovering = undefined;
    });
    return recovery;
  }

  async #reopen(cause: unknown): Promise<boolean> {
    try {
      if (cause instanceof OwnerChanged) return this.#break(`${sentenceOf(cause)} This one gives it up.`);
      await this.#folder.reopen();
      const isThere = this.#folder.progress().commitNo === this.#commitNo + 1;
      // A mistake in this code, and no failure of the disk: a part of the transaction has been committed.
      if (isThere && this.#isHalfDone) return this.#break(`A transaction was left half done: ${sentenceOf(cause)}`);
      this.#topics.moveTo(this.#folder.tables);
      this.#ids.moveTo(this.#folder.tables.ids);
      if (isThere) return true;
      this.#topics.undo();
      this.#ids.undo();
    } catch (error) {
      this.#isLoaded = false;
      this.#setProblem(`The store in ${this.directory} cannot be opened: ${sentenceOf(error)}`);
      this.#loseFeeds();
    }
    return false;
  }

  /** Ends all service, because what is stored is not what was decided. The next opening puts it right. */
  #break(reason: string): false {
    this.#brokenBy = reason;
    this.#isDamaged = true;
    this.#isLoaded = false;
    this.#setProblem(reason);
    this.#loseFeeds();
    return false;
  }

  /** Opens the store again after that has failed, and takes up what it holds. */
  async #openAnew(): Promise<void> {
    if (this.#brokenBy !== undefined) return;
    try {
      await this.#folder.reopen();
      [this.#topics, this.#ids] = this.#load();
      this.#isLoaded = true;
      this.#setProblem(undefined);
    } catch (error) {
      this.#setProblem(`The store in ${this.directory} cannot be opened: ${sentenceOf(error)}`);
    }
  }

  #noteDamage(): void {
    this.#isDamaged = true;
    this.#setProblem(
      `A message in ${this.directory} is damaged: what is asked for it is answered with UNAVAILABLE until the store is opened again, which drops what is damaged.`,
    );
  }

  #setProblem(problem: string | undefined): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#options.onProblem?.(problem);
  }

  // #endregion failure

  #load(): [DiskTopics, IdLog] {
    const { tables, generation } = this.#folder;
    const { limits, historyAgeMaxMs, clock, onListenerError = () => {} } = this.#options;
    const { commitNo, nextTopicId } = this.#folder.progress();
    const topics = new DiskTopics(tables, {
      limits,
      historyAgeMaxMs,
      generation,
      nextTopicId,
      newEpoch: () => this.#newEpoch(),
      onListenerError,
      onDamage: () => this.#noteDamage(),
    });
    const rows = Array.from(tables.topics.range(numberKey(0), AFTER_ALL), ({ key, value }) => topicRowOf(key, value));
    topics.load(rows.sort((one, other) => one.used - other.used));
    const ids = new IdLog(tables.ids, limits);
    const idsRead = ids.load(generation, clock.now(), limits.dedupWindowMs);
    this.#commitNo = commitNo;
    this.#nextTopicId = nextTopicId;
    this.#counters.recordsReadAtOpening = this.#folder.recordsChecked + rows.length + idsRead;
    return [topics, ids];
  }
}

const AFTER_ALL = Buffer.alloc(8, 0xff);

function duplicateOf(
  { messageId, topic }: PublishRequest,
  earlier: { position: Position; sameContent: boolean },
): PublishResult {
  if (!earlier.sameContent) {
    const message = `The messageId ${messageId} was used before on ${topic} with another payload, key, ref, ttlMs or signature.`;
    throw new ProtocolError('MESSAGE_ID_CONFLICT', message);
  }
  return { status: 'duplicate', position: earlier.position };
}

/** What an error says, as the end of a sentence. */
function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.endsWith('.') ? text : `${text}.`;
}
