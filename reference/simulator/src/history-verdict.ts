/** Judges a whole history: feeds the checkers, counts, and keeps the first violations of each invariant. */

import { newCheckers } from './checkers/index.ts';
import type { HistoryEvent, RunEvent } from './history.ts';
import { INVARIANTS, type Invariant, type Violation } from './violation.ts';

/** Violations that are kept of each invariant; further ones are counted. One bug makes many, and the first tell most. */
export const VIOLATIONS_KEPT = 10;

export interface InvariantVerdict {
  readonly invariant: Invariant;
  readonly violations: number;
  /** The first ones. */
  readonly first: readonly Violation[];
}

export interface HistoryVerdict {
  readonly holds: boolean;
  readonly events: number;
  /** From the first event to the last, in milliseconds. */
  readonly lastsMs: number;
  /** What the run said of itself; absent where the history does not begin with it. */
  readonly run: RunEvent | undefined;
  /** The history tells of the end of a run that had the time to come right. Otherwise liveness was not judged. */
  readonly hasEnd: boolean;
  readonly invariants: readonly InvariantVerdict[];
}

export class HistoryJudge {
  readonly #first = new Map<Invariant, Violation[]>();
  readonly #counts = new Map<Invariant, number>();
  readonly #checkers = newCheckers((violation) => this.#note(violation));
  #events = 0;
  #beganAt: number | undefined;
  #lastAt = 0;
  #run: RunEvent | undefined;
  #hasEnd = false;

  take(event: HistoryEvent): void {
    this.#events += 1;
    this.#beganAt ??= event.at;
    this.#lastAt = event.at;
    if (event.kind === 'run') this.#run = event;
    if (event.kind === 'phase' && event.phase === 'end') this.#hasEnd = true;
    this.#checkers.take(event);
  }

  verdict(): HistoryVerdict {
    return {
      holds: this.#counts.size === 0,
      events: this.#events,
      lastsMs: this.#lastAt - (this.#beganAt ?? this.#lastAt),
      run: this.#run,
      hasEnd: this.#hasEnd,
      invariants: INVARIANTS.map((invariant) => ({
        invariant,
        violations: this.#counts.get(invariant) ?? 0,
        first: this.#first.get(invariant) ?? [],
      })),
    };
  }

  #note(violation: Violation): void {
    const { invariant } = violation;
    this.#counts.set(invariant, (this.#counts.get(invariant) ?? 0) + 1);
    const first = this.#first.get(invariant) ?? [];
    if (first.length < VIOLATIONS_KEPT) first.push(violation);
    this.#first.set(invariant, first);
  }
}

/** A verdict for people. Moments are told from the beginning of the run. */
export function verdictText(verdict: HistoryVerdict): string {
  const { events, lastsMs, run, hasEnd, holds } = verdict;
  const beganAt = run?.at ?? 0;
  const lines = [`${events} events of ${run?.source ?? 'an unnamed run'}, ${seconds(lastsMs)}`];
  for (const { invariant, violations, first } of verdict.invariants) {
    if (violations === 0) {
      lines.push(
        `${invariant.padEnd(9)} ${invariant === 'liveness' && !hasEnd ? 'not judged: the run has no end' : 'held'}`,
      );
      continue;
    }
    lines.push(`${invariant.padEnd(9)} ${violations} ${violations === 1 ? 'violation' : 'violations'}`);
    for (const { at, rule, detail } of first) lines.push(`  ${seconds(at - beganAt)}  ${rule}`, `    ${detail}`);
    if (violations > first.length) lines.push(`  and ${violations - first.length} more`);
  }
  if (run !== undefined) lines.push(...leftOut(run));
  lines.push(holds ? 'All that could be judged holds.' : 'It does not hold.');
  return lines.join('\n');
}

function leftOut({ seesLog, seesWire }: RunEvent): string[] {
  const lines: string[] = [];
  if (!seesLog)
    lines.push("It does not see the backbone's log: what needs it was left out (of I2, I4, I5, I6, I7 and liveness).");
  if (!seesWire) lines.push('It does not see the wire: what needs it was left out (of I1, I4, I5 and I6).');
  return lines;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`;
}
