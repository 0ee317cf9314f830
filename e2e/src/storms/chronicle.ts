/** The events of one round as they are seen, and a way to wait for what they bring. */

import type { HistoryEvent } from '@micro-socket/simulator';
import { orHang } from '../hang.ts';

/** Most events of one round. It ends there, says so, and is not judged. */
const EVENTS_MAX = 400_000;

/** An event without its moment. */
export type Seen = HistoryEvent extends infer Event ? (Event extends HistoryEvent ? Omit<Event, 'at'> : never) : never;

interface Wait {
  readonly isMet: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Chronicle {
  readonly beganAt = Date.now();
  readonly events: HistoryEvent[] = [];
  readonly #waits = new Set<Wait>();
  #isClosed = false;
  #isCut = false;
  #faults = 0;

  /** It had more events than a history may have. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** What happens afterwards is no part of the round, and what is still waited for is given up. */
  close(): void {
    this.#isClosed = true;
    for (const { reject } of this.#waits) reject(new Error('The round is over.'));
    this.#waits.clear();
  }

  write(seen: Seen): void {
    if (this.#isClosed) return;
    if (this.events.length >= EVENTS_MAX) {
      this.#isCut = true;
      return;
    }
    this.events.push({ ...seen, at: Date.now() } as HistoryEvent);
    for (const wait of this.#waits) {
      if (!wait.isMet()) continue;
      this.#waits.delete(wait);
      wait.resolve();
    }
  }

  /** A fault by its number in this round. */
  nextFault(): number {
    this.#faults += 1;
    return this.#faults;
  }

  /** Resolves when something is so, which is looked at with every event. Rejects with `HangError` where that never comes. */
  async until(what: string, isMet: () => boolean): Promise<void> {
    if (isMet()) return;
    if (this.#isClosed) throw new Error('The round is over.');
    let wait: Wait | undefined;
    const met = new Promise<void>((resolve, reject) => {
      wait = { isMet, resolve, reject };
      this.#waits.add(wait);
    });
    try {
      await orHang(met, what);
    } finally {
      if (wait !== undefined) this.#waits.delete(wait);
    }
  }
}
