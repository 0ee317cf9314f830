/**
 * What a run says while it goes on.
 *
 * The end-to-end runner and the benchmark runner print these events, one JSON object a line, when they are started
 * with `--events`. The dev server passes the lines on to the page, so a page, a terminal and a test read the same
 * stream. This file holds types only.
 */

/** One test of a suite, as listed before it runs. */
export interface TestInfo {
  /** Stable name inside its suite, such as `denied-topic-is-refused`. */
  readonly id: string;
  /** English sentence that states the behaviour. Translations are keyed by `id`. */
  readonly title: string;
  /** Protocol sections and invariants that it proves: `§4.2`, `I1`. */
  readonly proves: readonly string[];
}

/** A suite or a benchmark as the pages offer it. */
export interface SuiteInfo {
  readonly name: string;
  readonly title: string;
  readonly tests: readonly TestInfo[];
}

export type TestStatus = 'passed' | 'failed' | 'skipped';

/** How one test ended. */
export interface TestOutcome {
  readonly id: string;
  readonly title: string;
  readonly proves: readonly string[];
  readonly status: TestStatus;
  readonly durationMs: number;
  /** The failure's text, or why it was skipped; absent when the test passed. */
  readonly error?: string;
}

/** The events of a run, in the order in which they may come: `plan`, then any number of the middle ones, then `end`. */
export type RunEvent =
  | { readonly t: 'plan'; readonly kind: RunKind; readonly suites: readonly SuiteInfo[]; readonly total: number }
  | { readonly t: 'test-start'; readonly suite: string; readonly id: string }
  | { readonly t: 'test-end'; readonly suite: string; readonly outcome: TestOutcome }
  | { readonly t: 'progress'; readonly done: number; readonly total: number; readonly label: string }
  | { readonly t: 'log'; readonly line: string }
  | { readonly t: 'end'; readonly ok: boolean; readonly durationMs: number; readonly results: readonly unknown[] };

export type RunKind = 'e2e' | 'bench' | 'verify';
