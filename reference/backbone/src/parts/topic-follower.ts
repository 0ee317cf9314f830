/**
 * Follows one topic whose state matters as a whole: what stands in it, and each change of that.
 *
 * Theory of operation. The topic is read once, as its snapshot, and then kept by listening. What comes while the snapshot
 * is on its way waits for it. Each entry must follow the one before; when one does not, or the history has become another
 * one, or the backbone says that its feed is over or the topic has ended, what is known is *stale*: the follower says so,
 * and the topic is read anew when it is needed next. So a backbone that loses a listener, or its memory, costs a reading
 * and never a wrong answer.
 *
 * `catchUp` waits until everything that was stored when it was called has been heard, because a listener may hear of a
 * message later than its publisher hears that it is stored.
 *
 * What this is not: it keeps no state of its own, and it is no subscription of a client, which sees each message.
 */

import { type Position, ProtocolError } from '@micro-socket/protocol';
import type { Clock, Timer } from '@micro-socket/transport';
import type { Backbone, Entry, TopicSnapshot, TopicSubscription } from '../contract.ts';

/** How many changes may come while a snapshot is on its way. Beyond that the reading fails, and can be tried again. */
const WAITING_MAX = 4_096;

/** For how long a message that is stored may stay unheard until the topic is read anew. */
const HEARING_MS = 2_000;

export interface TopicFollowerOptions {
  readonly backbone: Backbone;
  readonly clock: Clock;
  readonly topic: string;
  /** The topic was read: this is all of it. */
  readonly onState: (state: TopicSnapshot) => void;
  /** A change has come. */
  readonly onEntry: (entry: Entry) => void;
  /** What was told is no longer to be relied on. */
  readonly onStale: () => void;
}

/** Somebody who waits until the topic has been heard up to a position. */
interface Waiter {
  readonly position: Position;
  readonly end: (isHeard: boolean) => void;
}

export class TopicFollower {
  readonly #options: TopicFollowerOptions;
  /** What is known is complete up to here. */
  #at: Position = { epoch: '', seqNo: 0 };
  #isStale = true;
  #isClosed = false;
  #subscription: TopicSubscription | undefined;
  #opening: Promise<void> | undefined;
  /** What has come while the snapshot is on its way; absent otherwise. */
  #waiting: Entry[] | undefined;
  /** As many as there are calls of `catchUp` under way. */
  readonly #waiters = new Set<Waiter>();

  constructor(options: TopicFollowerOptions) {
    this.#options = options;
  }

  /** The position up to which everything was told. */
  get at(): Position {
    return this.#at;
  }

  /** True until the topic was read, and when it has to be read anew. */
  get isStale(): boolean {
    return this.#isStale;
  }

  /** Reads the topic, unless it is followed already. Rejects with what the backbone says. */
  open(): Promise<void> {
    if (!this.#isStale) return Promise.resolve();
    this.#opening ??= this.#read().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Resolves when everything that was stored before this was called has been told. Rejects with what the backbone says. */
  async catchUp(): Promise<void> {
    const { backbone, topic } = this.#options;
    await this.open();
    const head = await backbone.head(topic);
    if (await this.#heard(head)) return;
    if (!this.#isStale) this.#doubt();
    await this.open();
    if (!this.#covers(head)) throw unreadable(topic);
  }

  /** A message was stored here. In another history than the known one, it says that the known one is over. */
  expect({ epoch }: Position): void {
    if (!this.#isStale && epoch !== this.#at.epoch) this.#doubt();
  }

  /** Hears nothing from now on, and cannot be opened again. */
  close(): void {
    this.#isClosed = true;
    this.#isStale = true;
    this.#subscription?.close();
    this.#endWaiters();
  }

  async #read(): Promise<void> {
    const { backbone, topic } = this.#options;
    if (this.#isClosed) throw unreadable(topic);
    this.#subscription?.close();
    const waiting: Entry[] = [];
    this.#waiting = waiting;
    let isLost = false;
    const lose = () => {
      isLost = true;
      this.#doubt();
    };
    const events = { onLost: lose, onClosed: lose };
    try {
      this.#subscription = await backbone.subscribe(topic, (entry) => this.#hear(entry), events);
      const state = await backbone.snapshot(topic);
      if (isLost) throw unreadable(topic);
      this.#load(state, waiting);
    } catch (error) {
      this.#subscription?.close();
      this.#subscription = undefined;
      throw error;
    } finally {
      this.#waiting = undefined;
    }
  }

  #load(state: TopicSnapshot, waiting: readonly Entry[]): void {
    const { topic, onState } = this.#options;
    if (this.#isClosed || waiting.length > WAITING_MAX) throw unreadable(topic);
    this.#waiting = undefined;
    this.#at = state.head;
    this.#isStale = false;
    onState(state);
    for (const entry of waiting) this.#take(entry);
  }

  #hear(entry: Entry): void {
    if (this.#waiting === undefined) this.#take(entry);
    else if (this.#waiting.length <= WAITING_MAX) this.#waiting.push(entry);
  }

  #take(entry: Entry): void {
    if (this.#isStale) return;
    const { epoch, seqNo, prevSeqNo, messageId } = entry;
    if (epoch === this.#at.epoch && seqNo <= this.#at.seqNo) return;
    if (epoch !== this.#at.epoch || prevSeqNo !== this.#at.seqNo) {
      this.#doubt();
      return;
    }
    this.#at = { epoch, seqNo, messageId };
    this.#options.onEntry(entry);
    for (const waiter of this.#waiters) if (this.#covers(waiter.position)) waiter.end(true);
  }

  #doubt(): void {
    this.#isStale = true;
    this.#endWaiters();
    this.#options.onStale();
  }

  #endWaiters(): void {
    for (const waiter of this.#waiters) waiter.end(false);
  }

  /** Whether everything up to this was told, now or within `HEARING_MS`. */
  #heard(position: Position): Promise<boolean> {
    if (this.#covers(position)) return Promise.resolve(true);
    if (this.#isStale || position.epoch !== this.#at.epoch) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (isHeard: boolean) => {
        timer.cancel();
        this.#waiters.delete(waiter);
        resolve(isHeard);
      };
      const waiter: Waiter = { position, end };
      const timer: Timer = this.#options.clock.after(HEARING_MS, () => end(false));
      this.#waiters.add(waiter);
    });
  }

  #covers({ epoch, seqNo }: Position): boolean {
    return !this.#isStale && epoch === this.#at.epoch && seqNo <= this.#at.seqNo;
  }
}

function unreadable(topic: string): ProtocolError {
  return new ProtocolError('OVERLOADED', `${topic} changes faster than it can be read; try again.`, { topic });
}
