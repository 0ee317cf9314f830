/** What waits to be sent to the page: bounded, by leaving packets out and by telling its owner to wait. */

import type { TraceEvent } from '@micro-socket/simulator';
import type { Worth } from './event-filter.ts';

/** More dots than this nobody can follow. */
export const PACKETS_PER_BATCH_MAX = 120;

/** A run that has filled a batch waits until the page has taken it. */
export const EVENTS_PER_BATCH_MAX = 1_500;

export class EventBuffer {
  #events: TraceEvent[] = [];
  #packets = 0;
  #leftOut = 0;
  #added = 0;

  /** How many events were worth showing since the beginning. */
  get added(): number {
    return this.#added;
  }

  /** The run should wait. What it adds nevertheless is kept, for no such event may be lost. */
  get isFull(): boolean {
    return this.#events.length >= EVENTS_PER_BATCH_MAX;
  }

  add(event: TraceEvent, worth: Worth): void {
    if (worth === 'none') return;
    this.#added += 1;
    if (worth === 'spare') {
      if (this.#packets >= PACKETS_PER_BATCH_MAX) {
        this.#leftOut += 1;
        return;
      }
      this.#packets += 1;
    }
    this.#events.push(event);
  }

  /** Empties it. */
  take(): { readonly events: readonly TraceEvent[]; readonly leftOut: number } {
    const taken = { events: this.#events, leftOut: this.#leftOut };
    this.#events = [];
    this.#packets = 0;
    this.#leftOut = 0;
    return taken;
  }
}
