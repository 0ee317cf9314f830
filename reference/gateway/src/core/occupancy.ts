/**
 * Announces how many are present in one topic (§4.8).
 *
 * Theory of operation. Every gateway that has changed who is present announces the new counts, and several may do so at
 * once. A count that is older than another must not be the last one that stands there, so an announcement is a loop:
 * count everything that is stored by now, look at what was announced last, and if the two differ, publish and look again.
 * It ends when they are equal. Whoever published last has looked after that; whoever changed something later looks later
 * still; so when nothing changes any more, what stands there is right. `expectSeqNo` adds to this that of two gateways
 * that would say the same, one finds it said.
 *
 * One loop runs at a time. Changes that come while it runs are counted by it, so there are as many announcements as the
 * backbone keeps up with, and not as many as changes.
 *
 * It counts nobody itself: `Roster` does.
 */

import { type Backbone, entrySizeOf, type TopicSnapshot } from '@micro-socket/backbone';
import { ProtocolError } from '@micro-socket/protocol';
import type { Retries } from './retries.ts';

/** The payload of an occupancy topic. */
export interface Counts {
  /** Different users. */
  readonly users: number;
  readonly sessions: number;
}

const NOBODY: Counts = { users: 0, sessions: 0 };

/** How often in a row another gateway may be faster before this one makes a pause. */
const CONFLICTS_MAX = 8;

export interface OccupancyOptions {
  readonly backbone: Backbone;
  /** The occupancy topic. */
  readonly topic: string;
  readonly publisher: string;
  readonly newMessageId: () => string;
  /** The counts of everything that was stored before it was called. */
  readonly count: () => Promise<Counts>;
  readonly retries: Retries;
  /** Hears of an announcement that was given up. */
  readonly onInternalError: (error: unknown) => void;
  /** Called when nothing is left to announce. */
  readonly onDone: () => void;
}

export class Occupancy {
  readonly #options: OccupancyOptions;
  #isDue = false;
  #isBusy = false;

  constructor(options: OccupancyOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Who is present has changed, or may have. */
  announce(): void {
    this.#isDue = true;
    if (!this.#isBusy) void this.#run();
  }

  async #run(): Promise<void> {
    const { retries, onInternalError, onDone } = this.#options;
    this.#isBusy = true;
    while (this.#isDue && !retries.isClosed) {
      this.#isDue = false;
      try {
        await retries.run(() => this.#agree());
      } catch (error) {
        if (!retries.isClosed) onInternalError(error);
      }
    }
    this.#isBusy = false;
    onDone();
  }

  // #region agree
  async #agree(): Promise<void> {
    const { backbone, topic, count, retries } = this.#options;
    for (let conflicts = 0; conflicts < CONFLICTS_MAX; ) {
      // What became due until here is counted here.
      this.#isDue = false;
      const counts = await count();
      const state = await backbone.snapshot(topic);
      if (isEqual(counts, announcedIn(state)) || retries.isClosed) return;
      conflicts = (await this.#publish(counts, state.head.seqNo)) ? 0 : conflicts + 1;
    }
    throw new ProtocolError('OVERLOADED', `${topic} changes faster than it can be announced.`, { topic });
  }
  // #endregion agree

  /** False when the topic has moved on since it was looked at. */
  async #publish(counts: Counts, expectSeqNo: number): Promise<boolean> {
    const { backbone, topic, publisher, newMessageId } = this.#options;
    const payload = { users: counts.users, sessions: counts.sessions };
    const sizeBytes = entrySizeOf({ payload });
    try {
      await backbone.publish({ topic, publisher, messageId: newMessageId(), payload, sizeBytes, expectSeqNo });
      return true;
    } catch (error) {
      if (error instanceof ProtocolError && error.code === 'SEQ_CONFLICT') return false;
      throw error;
    }
  }
}

/** Where nothing was ever announced, nobody is. */
function announcedIn({ entries }: TopicSnapshot): Counts {
  // Only gateways publish there, and nothing else than counts.
  return (entries.at(-1)?.payload as Counts | undefined) ?? NOBODY;
}

function isEqual(one: Counts, other: Counts): boolean {
  return one.users === other.users && one.sessions === other.sessions;
}
