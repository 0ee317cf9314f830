/** The two ways in which a run speaks: text for people, or events for a program. */

import type { ShrinkProgress } from '../shrink.ts';
import type { RunCommand } from './cli-options.ts';
import { ProgressLine } from './progress.ts';
import { failureText, planText, shrinkText, summaryText, worldsText } from './report-text.ts';
import type { Ending, Failure, SimRunEvent } from './run-events.ts';
import type { Tally } from './summary.ts';

export interface RunOutput {
  plan(command: RunCommand, total: number): void;
  progress(tally: Tally, total: number): void;
  shrinking(progress: ShrinkProgress): void;
  failure(failure: Failure): void;
  end(ending: Ending): void;
}

export function outputOf(command: RunCommand): RunOutput {
  return command.output === 'json' ? new EventOutput() : new TextOutput();
}

class TextOutput implements RunOutput {
  readonly #line = new ProgressLine(process.stdout);

  plan(command: RunCommand): void {
    console.log(planText(command));
  }

  progress(tally: Tally, total: number): void {
    this.#line.show(() => worldsText(tally, total));
  }

  shrinking(progress: ShrinkProgress): void {
    this.#line.show(() => shrinkText(progress));
  }

  failure(failure: Failure): void {
    this.#line.clear();
    console.log(`\n${failureText(failure)}\n`);
  }

  end(ending: Ending): void {
    this.#line.clear();
    console.log(summaryText(ending));
  }
}

/** Often enough to look alive, seldom enough for a long run. */
const PROGRESS_EVERY_MS = 250;

class EventOutput implements RunOutput {
  #toldAt = Number.NEGATIVE_INFINITY;

  plan({ firstSeed, runs, profiles, mutant, changes }: RunCommand, total: number): void {
    const seeds = [firstSeed, firstSeed + runs - 1] as const;
    print({ t: 'plan', kind: 'sim', seeds, profiles, ...(mutant === undefined ? {} : { mutant }), changes, total });
  }

  progress(tally: Tally, total: number): void {
    const now = performance.now();
    if (tally.worlds < total && now - this.#toldAt < PROGRESS_EVERY_MS) return;
    this.#toldAt = now;
    const label = worldsText(tally, total);
    print({ t: 'progress', done: tally.worlds, total, label });
  }

  shrinking(): void {}

  failure(failure: Failure): void {
    print({ t: 'failure', ...failure });
  }

  end({ summary, ...ending }: Ending): void {
    print({ t: 'end', ...ending, results: [summary] });
  }
}

function print(event: SimRunEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
