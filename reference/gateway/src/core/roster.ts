/**
 * Who is present in one topic, at all gateways together, as its presence topic tells.
 *
 * Theory of operation. The roster is read once, as the topic's snapshot, and then kept by listening. What comes while the
 * snapshot is on its way waits for it. Each entry must follow the one before; when one does not, or the history has become
 * another one, the roster is *stale*, says so, and is read anew when it is needed next. So a backbone that loses a listener, or
 * its memory, costs a reading and never a wrong count.
 *
 * `count` waits until everything that was stored when it was called has been heard, because a listener may hear of a
 * message later than its publisher hears that it is stored.
 *
 * What this is not: it publishes nothing and does not know which of those present are its own gateway's.
 */

import type { Backbone, Entry, TopicSnapshot, TopicSubscription } from '@micro-socket/backbone';
import { type Position, ProtocolError } from '@micro-socket/protocol';
import type { Clock, Timer } from '@micro-socket/transport';
import type { Counts } from './occupancy.ts';

/** How many changes may come while a snapshot is on its way. Beyond that the reading fails, and can be tried again. */
const WAITING_MAX = 4_096;

/** For how long a message that is stored may stay unheard until the roster is read anew. */
const HEARING_MS = 2_000;

export interface RosterOptions {
  readonly backbone: Backbone;
  readonly clock: Clock;
  /** The presence topic. */
  readonly topic: string;
  /** The roster was read: this is all of it. */
  readonly onState: (state: TopicSnapshot) => void;
  /** A change has come. */
  readonly onEntry: (entry: Entry) => void;
  /** What it knows is no longer to be relied on. */
  readonly onStale: () => void;
}

interface Awaited {
  readonly position: Position;
  readonly end: (isHeard: boolean) => void;
}

export class Roster {
  readonly #options: RosterOptions;
  readonly #keys = new Set<string>();
  readonly #sessionsOf = new Map<string, number>();
  /** Where the roster is complete up to. */
  #at: Position = { epoch: '', seqNo: 0 };
  #isStale = true;
  #isClosed = false;
  #subscription: TopicSubscription | undefined;
  #opening: Promise<void> | undefined;
  /** What has come while the snapshot is on its way; absent otherwise. */
  #waiting: Entry[] | undefined;
  #awaited: Awaited | undefined;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** Reads the roster, unless it can be relied on already. Rejects with what the backbone says. */
  open(): Promise<void> {
    if (!this.#isStale) return Promise.resolve();
    this.#opening ??= this.#read().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** How many are present, by everything that was stored before this was called. One call at a time. */
  async count(): Promise<Counts> {
    const { backbone, topic } = this.#options;
    await this.open();
    const head = await backbone.head(topic);
    if (!(await this.#heard(head))) {
      this.#isStale = true;
      await this.open();
      if (!this.#covers(head)) throw unreadable(topic);
    }
    return { users: this.#sessionsOf.size, sessions: this.#keys.size };
  }

  /** A message was stored here. In another history than the known one, it says that the known one is over. */
  expect({ epoch }: Position): void {
    if (!this.#isStale && epoch !== this.#at.epoch) this.#doubt();
  }

  close(): void {
    this.#isClosed = true;
    this.#isStale = true;
    this.#subscription?.close();
    this.#awaited?.end(false);
  }

  async #read(): Promise<void> {
    const { backbone, topic } = this.#options;
    if (this.#isClosed) throw unreadable(topic);
    this.#subscription?.close();
    const waiting: Entry[] = [];
    this.#waiting = waiting;
    try {
      this.#subscription = await backbone.subscribe(topic, (entry) => this.#hear(entry));
      this.#load(await backbone.snapshot(topic), waiting);
    } catch (error) {
      this.#subscription?.close();
      this.#subscription = undefined;
      throw error;
    } finally {
      this.#waiting = undefined;
    }
  }

  #load(state: TopicSnapshot, waiting: readonly Entry[]): void {
    if (this.#isClosed || waiting.length > WAITING_MAX) throw unreadable(this.#options.topic);
    this.#waiting = undefined;
    this.#keys.clear();
    this.#sessionsOf.clear();
    for (const { key } of state.entries) if (key !== undefined) this.#add(key);
    this.#at = state.head;
    this.#isStale = false;
    this.#options.onState(state);
    for (const entry of waiting) this.#take(entry);
  }

  #hear(entry: Entry): void {
    if (this.#waiting === undefined) this.#take(entry);
    else if (this.#waiting.length <= WAITING_MAX) this.#waiting.push(entry);
  }

  #take(entry: Entry): void {
    if (this.#isStale) return;
    const { epoch, seqNo, prevSeqNo, messageId, key, payload } = entry;
    if (epoch === this.#at.epoch && seqNo <= this.#at.seqNo) return;
    if (epoch !== this.#at.epoch || prevSeqNo !== this.#at.seqNo) {
      this.#doubt();
      return;
    }
    this.#at = { epoch, seqNo, messageId };
    if (key !== undefined && payload === null) this.#remove(key);
    else if (key !== undefined) this.#add(key);
    this.#options.onEntry(entry);
    if (this.#awaited !== undefined && this.#covers(this.#awaited.position)) this.#awaited.end(true);
  }

  #doubt(): void {
    this.#isStale = true;
    this.#awaited?.end(false);
    this.#options.onStale();
  }

  /** Whether the roster has come as far as this, now or within `HEARING_MS`. */
  #heard(position: Position): Promise<boolean> {
    if (this.#covers(position)) return Promise.resolve(true);
    if (this.#isStale || position.epoch !== this.#at.epoch) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (isHeard: boolean) => {
        timer.cancel();
        this.#awaited = undefined;
        resolve(isHeard);
      };
      const timer: Timer = this.#options.clock.after(HEARING_MS, () => end(false));
      this.#awaited = { position, end };
    });
  }

  #covers({ epoch, seqNo }: Position): boolean {
    return !this.#isStale && epoch === this.#at.epoch && seqNo <= this.#at.seqNo;
  }

  #add(key: string): void {
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    const user = userOf(key);
    this.#sessionsOf.set(user, (this.#sessionsOf.get(user) ?? 0) + 1);
  }

  #remove(key: string): void {
    if (!this.#keys.delete(key)) return;
    const user = userOf(key);
    const left = (this.#sessionsOf.get(user) ?? 1) - 1;
    if (left === 0) this.#sessionsOf.delete(user);
    else this.#sessionsOf.set(user, left);
  }
}

/** A user's name may have slashes, and a session id has none. */
function userOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

function unreadable(topic: string): ProtocolError {
  return new ProtocolError('OVERLOADED', `${topic} changes faster than it can be read; try again.`, { topic });
}
