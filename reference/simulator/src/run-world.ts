/**
 * One world from its beginning to its end: with a rule broken where the settings say so, with its history where it is
 * wanted, and with whatever the core throws as a violation.
 *
 * A mutant is applied to the whole process, so worlds with one are run one after the other.
 */

import type { HistoryEvent } from './history.ts';
import type { PlannedFault, Settings } from './settings.ts';
import { type RunReport, Simulation } from './simulation.ts';
import { BEGINNING_MS } from './time/node-clock.ts';
import type { Turn } from './time/turn.ts';
import type { TraceEvent } from './trace.ts';
import type { Violation } from './violation.ts';

/**
 * Calls `tell` for every promise that was rejected and that nobody listens to, until the function that it gives back
 * is called. It differs by runtime: `system/uncaught.ts` has it.
 */
export type WatchUncaught = (tell: (error: unknown) => void) => () => void;

export interface RunWorldOptions {
  readonly turn: Turn;
  /** Default: those of `planOf(settings)`. */
  readonly faults?: readonly PlannedFault[] | undefined;
  /** Keeps the history. Default: false. */
  readonly record?: boolean | undefined;
  /** Events that are kept at most; later ones are left out, and `isCut` says so. Default: `EVENTS_MAX`. */
  readonly eventsMax?: number | undefined;
  /** Absent: a rejection that nobody listens to is the matter of the runtime. */
  readonly uncaught?: WatchUncaught | undefined;
}

/** About a hundred times as many as an ordinary world has. */
export const EVENTS_MAX = 200_000;

export const MUST_NOT_THROW = 'the core must not throw';

export interface RecordedHistory {
  readonly events: readonly HistoryEvent[];
  /** There was more than could be kept. */
  readonly isCut: boolean;
  /** The place of the event that showed the first violation; absent where there is none. */
  readonly foundAt?: number;
}

export interface WorldResult extends RunReport {
  /** Only where it was asked for. */
  readonly history?: RecordedHistory;
}

/** Runs a world. Rejects with `UnknownMutantError` and `MutantAppliedError`, and with nothing that the core threw. */
export async function runWorld(settings: Settings, options: RunWorldOptions): Promise<WorldResult> {
  const undo = settings.mutant === undefined ? undefined : await applied(settings.mutant);
  const thrown: unknown[] = [];
  const unwatch = options.uncaught?.((error) => thrown.push(error));
  try {
    return await runWatched(settings, options, thrown);
  } finally {
    unwatch?.();
    undo?.();
  }
}

/** Loaded only when it is needed: mutants bring the inner parts of all packages with them. */
async function applied(mutant: string): Promise<() => void> {
  const { applyMutant } = await import('./mutants/index.ts');
  return applyMutant(mutant);
}

async function runWatched(settings: Settings, options: RunWorldOptions, thrown: unknown[]): Promise<WorldResult> {
  const { turn, faults, record = false, eventsMax = EVENTS_MAX } = options;
  const recorder = record ? new Recorder(eventsMax) : undefined;
  const simulation: Simulation = new Simulation({
    settings,
    turn,
    faults,
    onEvent: recorder && ((event) => recorder.take(event, () => simulation.violations.length > 0)),
  });
  // A process would have ended at the first error that nobody caught, so the world does, too.
  while (!simulation.isOver && thrown.length === 0) {
    await simulation.step().catch((error: unknown) => thrown.push(error));
  }
  const report = simulation.report();
  const violations = [...report.violations, ...thrown.slice(0, 1).map((error) => violationOf(error, simulation.now))];
  return { ...report, violations, ...(recorder === undefined ? {} : { history: recorder.history(violations) }) };
}

class Recorder {
  readonly #events: HistoryEvent[] = [];
  readonly #eventsMax: number;
  #count = 0;
  #foundAt: number | undefined;

  constructor(eventsMax: number) {
    this.#eventsMax = eventsMax;
  }

  take(event: TraceEvent, isBroken: () => boolean): void {
    if (event.kind === 'packet' || event.kind === 'node' || event.kind === 'connection') return;
    if (this.#count < this.#eventsMax) this.#events.push(event);
    // The first event opens the history, before there is a simulation that could be asked.
    if (this.#foundAt === undefined && this.#count > 0 && isBroken()) this.#foundAt = this.#count;
    this.#count += 1;
  }

  history(violations: readonly Violation[]): RecordedHistory {
    const last = Math.max(0, this.#count - 1);
    const foundAt = violations.length === 0 ? undefined : (this.#foundAt ?? last);
    const isCut = this.#count > this.#events.length;
    return { events: this.#events, isCut, ...(foundAt === undefined ? {} : { foundAt }) };
  }
}

function violationOf(error: unknown, now: number): Violation {
  return {
    invariant: 'liveness',
    rule: MUST_NOT_THROW,
    detail: firstLineOf(error),
    at: BEGINNING_MS + now,
    nodes: [],
  };
}

/** What was thrown, and where. */
function firstLineOf(error: unknown): string {
  if (!(error instanceof Error)) return `${String(error)} was thrown.`;
  const place = error.stack?.split('\n').find((line) => /:\d+:\d+\)?$/.test(line));
  return `${error.name}: ${error.message}${place === undefined ? '' : ` (${place.trim()})`}`;
}
