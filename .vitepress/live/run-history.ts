/** Remembers the latest runs and their results, so that a page can save one without sending it. */

import type { RunEvent, RunKind } from '../../tools/runs/events.ts';
import type { LiveProcess } from './live-process.ts';
import { Refusal } from './refusal.ts';
import type { FinishedRun } from './save.ts';

interface Entry {
  readonly process: LiveProcess;
  readonly kind: RunKind;
  readonly names: readonly string[];
  results: readonly unknown[] | undefined;
  over: boolean;
}

export class RunHistory {
  readonly #held: number;
  readonly #entries = new Map<string, Entry>();

  constructor(held: number) {
    this.#held = held;
  }

  add(process: LiveProcess, kind: RunKind, names: readonly string[]): void {
    const entry: Entry = { process, kind, names, results: undefined, over: false };
    this.#entries.set(process.id, entry);
    void process.ended.then(({ reason }) => {
      entry.over = true;
      if (reason !== 'finished') entry.results = undefined;
    });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#held && oldest !== undefined) this.#entries.delete(oldest);
  }

  /** Keeps what the run says at its end. */
  note(id: string, event: RunEvent): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined && event.t === 'end') entry.results = event.results;
  }

  process(id: string): LiveProcess | undefined {
    return this.#entries.get(id)?.process;
  }

  /** The run's results, or a refusal when it is unknown, still going on, or was cut short. */
  finished(id: string): FinishedRun {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Refusal('UNKNOWN_RUN', 'there is no such run, or it was too long ago');
    if (!entry.over || entry.results === undefined) {
      throw new Refusal('NOT_FINISHED', 'only a run that came to its end can be saved');
    }
    return { kind: entry.kind, names: entry.names, results: entry.results };
  }
}
