/** Which suites exist. The command lines say it themselves, so the list cannot differ from what they run. */

import { parseSuiteList } from '../../tools/runs/event-schema.ts';
import type { RunKind, SuiteInfo } from '../../tools/runs/events.ts';
import type { LiveLimits } from './limits.ts';
import { OutputReader } from './output-reader.ts';
import { type GroupCommand, ProcessGroup } from './process-group.ts';
import { Refusal } from './refusal.ts';
import type { Timers } from './timers.ts';

export class Catalog {
  readonly #commandOf: (kind: RunKind) => GroupCommand;
  readonly #limits: LiveLimits;
  readonly #timers: Timers;
  readonly #lists = new Map<RunKind, Promise<readonly SuiteInfo[]>>();
  readonly #listing = new Set<ProcessGroup>();

  constructor(commandOf: (kind: RunKind) => GroupCommand, limits: LiveLimits, timers: Timers) {
    this.#commandOf = commandOf;
    this.#limits = limits;
    this.#timers = timers;
  }

  /** The suites of a kind, listed once. A list that failed is tried again by the next caller. */
  suites(kind: RunKind): Promise<readonly SuiteInfo[]> {
    const known = this.#lists.get(kind);
    if (known !== undefined) return known;
    const list = this.#list(kind);
    this.#lists.set(kind, list);
    list.catch(() => this.#lists.delete(kind));
    return list;
  }

  /** Forgets the lists: whoever changes a suite while the server runs sees it at the next visit of the page. */
  forget(): void {
    this.#lists.clear();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#listing].map((group) => group.stop()));
  }

  async #list(kind: RunKind): Promise<readonly SuiteInfo[]> {
    const group = new ProcessGroup(this.#commandOf(kind), this.#timers, this.#limits.graceMs);
    this.#listing.add(group);
    const printed: Record<'stdout' | 'stderr', string[]> = { stdout: [], stderr: [] };
    new OutputReader(group.stdout, group.stderr, this.#limits, {
      onLine: (line, output) => {
        printed[output].push(line.text);
        return true;
      },
      onTooMuch: () => void group.stop(),
    });
    const cancelLimit = this.#timers.after(this.#limits.listMs, () => void group.stop());
    const { code, error } = await group.ended;
    cancelLimit();
    this.#listing.delete(group);
    const suites = code === 0 ? parseSuiteList(printed.stdout.join('\n')) : undefined;
    if (suites !== undefined) return suites;
    const why = error ?? printed.stderr.slice(-5).join('\n').slice(0, this.#limits.logChars);
    throw new Refusal('CATALOG_FAILED', `the ${kind} suites could not be listed${why === '' ? '' : `: ${why}`}`);
  }
}
