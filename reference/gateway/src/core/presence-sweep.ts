/**
 * Takes the sessions out of one presence topic that were present through a gateway which is gone (§4.8).
 *
 * Theory of operation. A gateway that dies says no goodbye for its sessions, so any other one that follows the topic says
 * it. Meanwhile the session may have come back through a third gateway, and must then not be taken out. So each removal
 * is published with `expectSeqNo`: it is stored only where nothing at all has been stored since this gateway looked, and
 * what it saw was a message of the gateway that is gone. Otherwise it looks again.
 *
 * Several gateways sweep at once and nobody divides the work. They publish the same removal under the same messageId, so
 * it is stored once. Whoever finds that another one was faster looks again, and is ahead or has nothing left to do.
 *
 * If the gateway was not dead after all, it hears of the removal and puts its session back, as it does with all that the
 * topic has lost.
 *
 * Its weak spot: where others change who is present faster than this gateway can answer, each removal may come too late.
 * Then it is tried again with the next sign of life, and the session stays for as long as the topic is that busy.
 */

import type { PublishResult } from '@micro-socket/backbone';
import { ProtocolError } from '@micro-socket/protocol';
import { gatewayOf } from './gateway-messages.ts';
import type { Retries } from './retries.ts';
import type { Roster, RosterEntry } from './roster.ts';

/** How often in a row others may be faster before it is left for the next time. */
const LOOKS_MAX = 8;

export interface PresenceSweepOptions {
  readonly roster: Roster;
  /** Whether a gateway is gone, at this moment. */
  readonly isGone: (gateway: string) => boolean;
  /** Stores that the session has left, if nothing was stored after `expectSeqNo`. Rejects with SEQ_CONFLICT otherwise. */
  readonly remove: (entry: RosterEntry, expectSeqNo: number) => Promise<PublishResult>;
  readonly retries: Retries;
  /** Hears of what could not be removed. */
  readonly onInternalError: (error: unknown) => void;
}

export class PresenceSweep {
  readonly #options: PresenceSweepOptions;
  #isBusy = false;

  constructor(options: PresenceSweepOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Takes out whoever is to be taken out. Resolves when that is done, or left for the next time. One call at a time. */
  async run(): Promise<void> {
    const { retries, onInternalError } = this.#options;
    if (this.#left().length === 0) return;
    this.#isBusy = true;
    try {
      await retries.run(() => this.#sweep());
    } catch (error) {
      if (!retries.isClosed) onInternalError(error);
    }
    this.#isBusy = false;
  }

  // #region sweep
  async #sweep(): Promise<void> {
    const { roster } = this.#options;
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      await roster.catchUp();
      if (await this.#removeAll()) return;
    }
  }

  /** False when the topic has moved on since it was looked at. */
  async #removeAll(): Promise<boolean> {
    const { roster, isGone, remove, retries } = this.#options;
    let { seqNo } = roster.at;
    for (const entry of this.#left()) {
      // It may have been heard of while the others were taken out.
      if (retries.isClosed || !isGone(gatewayOf(entry.messageId))) return true;
      try {
        const { status, position } = await remove(entry, seqNo);
        if (status === 'duplicate') return false;
        seqNo = position.seqNo;
      } catch (error) {
        if (error instanceof ProtocolError && error.code === 'SEQ_CONFLICT') return false;
        throw error;
      }
    }
    return true;
  }
  // #endregion sweep

  #left(): RosterEntry[] {
    return this.#options.roster.through(this.#options.isGone);
  }
}
