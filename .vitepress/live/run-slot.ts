/** A place for one process at a time. */

import type { EndReason } from '../../tools/runs/live-lines.ts';
import { Refusal } from './refusal.ts';

/** What a slot needs to know of a process. */
export interface Occupant {
  readonly ending: boolean;
  readonly ended: Promise<unknown>;
  stop(reason: EndReason): Promise<void>;
}

export class RunSlot<P extends Occupant> {
  #current: P | undefined;
  #closed = false;

  get current(): P | undefined {
    return this.#current;
  }

  /**
   * Starts a process in the slot, or refuses with `BUSY`. One that is already being ended is waited for: a reader who
   * reloads a page and presses the button again did nothing wrong.
   */
  async occupy(start: () => P): Promise<P> {
    while (this.#current?.ending === true) await this.#current.ended;
    if (this.#closed) throw new Refusal('CLOSING', 'the dev server is closing');
    if (this.#current !== undefined) throw new Refusal('BUSY', 'something else is running; stop it first');
    const process = start();
    this.#current = process;
    void process.ended.then(() => {
      this.#current = undefined;
    });
    return process;
  }

  /** Ends what runs, waits until it is gone, and lets nothing start again. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#current?.stop('server-closed');
    await this.#current?.ended;
  }
}
