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
 * after all, it has succeeded. Questions go on being answered. The next publish tries again; and where it was LMDB itself
 * that stumbled, the same publishes are tried once more before anybody is told.
 *
 * **What is in memory.** The rows of the topics, the ids of the dedup window, who listens. Messages are read from the file
 * when they are asked for, by mapping it into memory: a question that needs pages that are not there blocks for as long
 * as it takes to read them.
 *
 * There is no timer in here: what has become too old is cleared away by publishes, and left out of answers until then.
 */

import { statfsSync } from 'node:fs';
import type { Limits, Position } from '@micro-socket/protocol';
import { type Clock, type Random, randomId } from '@micro-socket/transport';
import type {
  Backbone,
  Durability,
  Entry,
  EntryListener,
  FeedEvents,
  PublishRequest,
  PublishResult,
  ReadRange,
  TopicSnapshot,
  TopicSubscription,
  TopicTail,
} from '../../contract.ts';
import { unavailable } from '../../parts/unavailable.ts';
import { CommitQueue, type CommitQueueLimits } from './commit-queue.ts';
import { DiskState } from './disk-state.ts';
import { DamagedRecord } from './errors.ts';
import { Feeds } from './feeds.ts';
import { History } from './history.ts';
import { EPOCH_LENGTH, Folder, OwnerChanged } from './open-folder.ts';
import { epochOf, type TopicRow } from './records.ts';
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
  decide(state: DiskState): () => void;
  readonly reject: (error: unknown) => void;
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
  readonly #feeds = new Feeds();
  /** `undefined`: the store could not be opened again. */
  #state: DiskState | undefined;
  /** What keeps it from storing messages. */
  #failure: string | undefined;
  /** What has to be put right when the store is opened the next time. */
  #damage: string | undefined;
  /** Why nothing can be done any more until the store is opened by a new backbone. */
  #end: string | undefined;
  /** Whether the transaction under way was left before its end: what it has written is then not all that belongs to it. */
  #isHalfDone = false;
  /** While there is anything to be committed. */
  #committing: Promise<void> | undefined;
  /** While the store is being opened anew. */
  #recovering: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
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
      throw error instanceof DamagedRecord ? folder.damaged(error) : error;
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
    this.#state = this.#load();
    this.#counters.recordsReadAtOpening = folder.recordsChecked + this.#state.recordsRead;
  }

  get problem(): string | undefined {
    return this.#end ?? this.#failure ?? this.#damage;
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
      const decide = (state: DiskState) => {
        const decision = state.publish(request, now);
        if (decision.status === 'refused') return () => reject(decision.error);
        const { status, position } = decision;
        if (decision.status === 'duplicate') return () => resolve({ status, position });
        return () => {
          this.#counters.publishes += 1;
          decision.topic.listeners.deliver(decision.entry);
          resolve({ status, position });
        };
      };
      this.#enqueue({ sizeBytes: request.sizeBytes, decide, reject });
    });
  }

  async subscribe(topic: string, listener: EntryListener, events: FeedEvents = {}): Promise<TopicSubscription> {
    const state = await this.#ready();
    if (state.topics.hasPlaceFor(topic)) return this.#listen(state, topic, listener, events);
    return new Promise((resolve, reject) => {
      const decide = (state: DiskState) => {
        const refusal = state.makePlace(topic);
        if (refusal !== undefined) return () => reject(refusal);
        return () => resolve(this.#listen(state, topic, listener, events));
      };
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
  close(): Promise<void> {
    this.#closing ??= this.#giveBack(true);
    return this.#closing;
  }

  /** Gives the folder back as a process does that is killed: the next opening checks everything. */
  abandon(): Promise<void> {
    this.#closing ??= this.#giveBack(false);
    return this.#closing;
  }

  // #endregion contract

  async #giveBack(isProper: boolean): Promise<void> {
    await this.#committing;
    await this.#recovering;
    await this.#folder.close(isProper && this.#state !== undefined && this.#damage === undefined);
  }

  #load(): DiskState {
    const { limits, historyAgeMaxMs, clock, onListenerError = () => {} } = this.#options;
    return new DiskState(this.#folder, {
      limits,
      historyAgeMaxMs,
      now: clock.now(),
      newEpoch: () => this.#newEpoch(),
      onListenerError,
      onDamage: () => this.#noteDamage(),
    });
  }

  #newEpoch(): string {
    return randomId(this.#options.random, EPOCH_LENGTH);
  }

  // #region questions

  async #ask<Answer>(
    name: string,
    question: (history: History) => Answer,
    unused: (head: Position) => Answer,
  ): Promise<Answer> {
    const { topics } = await this.#ready();
    const row = topics.get(name)?.committed;
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

  /** Rejects with UNAVAILABLE when the store is closed or cannot be opened. */
  async #ready(): Promise<DiskState> {
    if (this.#closing !== undefined) throw unavailable('The store is closed.');
    if (this.#recovering !== undefined) await this.#recovering;
    if (this.#state === undefined) await this.#openAnew();
    if (this.#state === undefined) throw this.#unavailable();
    return this.#state;
  }

  #unavailable(cause?: unknown): Error {
    return unavailable(this.problem ?? 'The store cannot be opened.', cause);
  }

  // #endregion questions

  #listen(state: DiskState, name: string, listener: EntryListener, events: FeedEvents): TopicSubscription {
    const { topic, leave } = state.topics.listen(name, listener);
    return { head: this.#headOf(topic.committed), close: this.#feeds.add({ leave, events }) };
  }

  // #region commit

  #enqueue(op: Op): void {
    try {
      if (this.#closing !== undefined) throw unavailable('The store is closed.');
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
      if (this.#recovering !== undefined) await this.#recovering;
      if (this.#state === undefined) await this.#openAnew();
      if (this.#state === undefined) this.#rejectWaiting(this.#unavailable());
      else await this.#commit(this.#state);
    }
    this.#committing = undefined;
  }

  #rejectWaiting(error: unknown): void {
    for (let op = this.#queue.shift(); op !== undefined; op = this.#queue.shift()) op.reject(error);
  }

  /** One transaction with what waits, and its end in memory. `again`: what the one before has taken, if it failed. */
  async #commit(state: DiskState, again: readonly Op[] = []): Promise<void> {
    const ops = [...again];
    const settlements: (() => void)[] = [];
    let hasWritten = false;
    const beforeWrites = () => {
      state.begin();
      hasWritten = true;
    };
    try {
      await this.#folder.transaction(() => this.#decide(state, ops, settlements), beforeWrites);
    } catch (error) {
      const { cause } = error as CommitFailed;
      if (!(await this.#recover(state, cause))) {
        const isFirst = again.length === 0 && ops.length > 0;
        if (isFirst && isStumble(cause) && this.#state !== undefined) return this.#commit(state, ops);
        this.#fail(this.#failure ?? this.#failureOf(cause));
        const failure = this.#unavailable(cause);
        for (const op of ops) op.reject(failure);
        // It failed before it could take anything, and would do so for ever.
        if (ops.length === 0) this.#rejectWaiting(failure);
        return;
      }
    }
    state.commit({ hasWritten });
    if (hasWritten) {
      this.#counters.commits += 1;
      this.#fail(undefined);
    }
    for (const settle of settlements) settle();
    if (hasWritten) this.#folder.afterCommit(this.#options.clock.now());
  }

  /** Decides what waits, inside the transaction, in the order of the calls. */
  #decide(state: DiskState, ops: Op[], settlements: (() => void)[]): void {
    this.#isHalfDone = true;
    for (const op of ops) settlements.push(op.decide(state));
    let bytes = ops.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    while (ops.length < PUBLISHES_PER_COMMIT_MAX && bytes < BYTES_PER_COMMIT_MAX) {
      const op = this.#queue.shift();
      if (op === undefined) break;
      ops.push(op);
      bytes += op.sizeBytes;
      settlements.push(op.decide(state));
    }
    state.finish(ops.length);
    this.#isHalfDone = false;
  }

  // #endregion commit

  // #region failure

  /** Opens the store anew after a transaction that failed. Answers whether it has succeeded all the same. */
  #recover(state: DiskState, cause: unknown): Promise<boolean> {
    this.#counters.failedCommits += 1;
    const recovery = this.#reopen(state, cause);
    this.#recovering = recovery.then(() => {
      this.#recovering = undefined;
    });
    return recovery;
  }

  async #reopen(state: DiskState, cause: unknown): Promise<boolean> {
    if (cause instanceof OwnerChanged) return this.#endFor(`${this.directory}: ${sentenceOf(cause)}`);
    try {
      await this.#folder.reopen();
      const isThere = state.isBehind();
      // A mistake in this code, and no failure of the disk: a part of the transaction has been committed.
      if (isThere && this.#isHalfDone) return this.#endFor(`A transaction was left half done: ${sentenceOf(cause)}`);
      state.moveToReopened();
      if (!isThere) state.undo();
      return isThere;
    } catch (error) {
      this.#lose(`The store in ${this.directory} cannot be opened: ${sentenceOf(error)}`);
      return false;
    }
  }

  /** Ends all service, because what is stored is not what was decided here. */
  #endFor(reason: string): false {
    this.#end = reason;
    this.#lose(reason);
    return false;
  }

  /** Nobody knows what is stored, nor what listeners have missed. */
  #lose(problem: string): void {
    this.#state = undefined;
    this.#fail(problem);
    this.#feeds.lose();
  }

  /** Opens the store again after that has failed, and takes up what it holds. */
  #openAnew(): Promise<void> {
    this.#recovering ??= this.#loadAnew().then(() => {
      this.#recovering = undefined;
    });
    return this.#recovering;
  }

  async #loadAnew(): Promise<void> {
    if (this.#end !== undefined) return;
    try {
      await this.#folder.reopen();
      this.#state = this.#load();
      this.#fail(undefined);
    } catch (error) {
      this.#fail(`The store in ${this.directory} cannot be opened: ${sentenceOf(error)}`);
    }
  }

  #failureOf(cause: unknown): string {
    return `Messages cannot be stored in ${this.directory}: ${sentenceOf(cause)} ${roomIn(this.directory)}`;
  }

  #fail(problem: string | undefined): void {
    const before = this.problem;
    this.#failure = problem;
    this.#tellProblem(before);
  }

  #noteDamage(): void {
    const before = this.problem;
    this.#damage = `Something in ${this.directory} is damaged. What needs it is answered with UNAVAILABLE. Opening the store again drops what is damaged.`;
    this.#tellProblem(before);
  }

  #tellProblem(before: string | undefined): void {
    const { problem } = this;
    if (problem !== before) this.#options.onProblem?.(problem);
  }

  // #endregion failure
}

/**
 * Whether LMDB itself has refused a commit, and not the operating system. It does so, rarely, when its bookkeeping of free
 * pages contradicts itself in memory; a store that was opened anew has forgotten that.
 */
function isStumble(cause: unknown): boolean {
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === 'number' && code < 0;
}

/** LMDB calls a write that was cut short an input/output error: how much room there is tells whether the disk is full. */
function roomIn(directory: string): string {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return `Its file system has ${bavail * bsize} bytes left.`;
  } catch {
    return 'Its file system does not answer.';
  }
}

/** What an error says, as the end of a sentence. */
function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.endsWith('.') ? text : `${text}.`;
}
