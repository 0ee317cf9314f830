/** What a page knows of a run. A pure function of the lines that came; no clock and no request in here. */

import type { SuiteInfo, TestOutcome } from '../../../tools/runs/events.ts';
import type { ExitLine, RunLine } from '../../../tools/runs/live-lines.ts';
import { append, type BoundedList, emptyList } from './bounded-list.ts';

export const LOG_LINES_MAX = 500;

export type RunPhase = 'idle' | 'starting' | 'running' | 'stopping' | 'ended';

export interface RunState {
  readonly phase: RunPhase;
  /** Name of the suite or benchmark that was asked for; `all` for all suites. */
  readonly name: string;
  readonly quick: boolean;
  readonly id: string | undefined;
  readonly suites: readonly SuiteInfo[];
  /** Steps of the run; 0 as long as they are not known. */
  readonly total: number;
  readonly done: number;
  /** What is going on at the moment. */
  readonly label: string;
  /** `suite/test` of the tests that have started and not ended. */
  readonly running: ReadonlySet<string>;
  /** By `suite/test`. */
  readonly outcomes: ReadonlyMap<string, TestOutcome>;
  readonly log: BoundedList<string>;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  /** True when the run came to its own end, whatever it found. */
  readonly completed: boolean;
  readonly results: readonly unknown[];
  readonly exit: ExitLine | undefined;
  /** Code and text of a refusal or of a broken connection. */
  readonly failure: { readonly code: string; readonly message: string } | undefined;
}

export const idleRun: RunState = {
  phase: 'idle',
  name: '',
  quick: false,
  id: undefined,
  suites: [],
  total: 0,
  done: 0,
  label: '',
  running: new Set(),
  outcomes: new Map(),
  log: emptyList(),
  startedAtMs: 0,
  endedAtMs: undefined,
  completed: false,
  results: [],
  exit: undefined,
  failure: undefined,
};

export function startedRun(name: string, quick: boolean, nowMs: number): RunState {
  return { ...idleRun, phase: 'starting', name, quick, startedAtMs: nowMs };
}

export function failedRun(state: RunState, code: string, message: string, nowMs: number): RunState {
  return { ...state, phase: 'ended', endedAtMs: nowMs, running: new Set(), failure: { code, message } };
}

/** The state after one more line. */
export function reduceRun(state: RunState, line: RunLine, nowMs: number): RunState {
  switch (line.t) {
    case 'run':
      return { ...state, phase: state.phase === 'stopping' ? 'stopping' : 'running', id: line.id };
    case 'plan':
      return { ...state, suites: line.suites, total: line.total };
    case 'test-start':
      return { ...state, running: new Set(state.running).add(`${line.suite}/${line.id}`) };
    case 'test-end':
      return afterTest(state, `${line.suite}/${line.outcome.id}`, line.outcome);
    case 'progress':
      return { ...state, done: line.done, total: line.total, label: line.label };
    case 'log':
      return { ...state, log: append(state.log, line.line, LOG_LINES_MAX) };
    case 'end':
      return { ...state, completed: true, results: line.results };
    case 'exit':
      return { ...state, phase: 'ended', endedAtMs: nowMs, running: new Set(), exit: line };
  }
}

function afterTest(state: RunState, key: string, outcome: TestOutcome): RunState {
  const running = new Set(state.running);
  running.delete(key);
  const outcomes = new Map(state.outcomes).set(key, outcome);
  return { ...state, running, outcomes, done: Math.max(state.done, outcomes.size) };
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export function countOutcomes(outcomes: Iterable<Pick<TestOutcome, 'status'>>): Counts {
  let passed = 0;
  let failed = 0;
  for (const { status } of outcomes) {
    if (status === 'passed') passed += 1;
    if (status === 'failed') failed += 1;
  }
  return { passed, failed };
}

export function isGoingOn(state: RunState): boolean {
  return state.phase === 'starting' || state.phase === 'running' || state.phase === 'stopping';
}
