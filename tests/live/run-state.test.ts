import { describe, expect, it } from 'vitest';
import { liveEn } from '../../.vitepress/locales/live.en.ts';
import { suiteViews } from '../../.vitepress/theme/live/e2e-view.ts';
import { endingText } from '../../.vitepress/theme/live/ending-text.ts';
import { reduceExample } from '../../.vitepress/theme/live/example-state.ts';
import { pathOfRule } from '../../.vitepress/theme/live/proves.ts';
import {
  failedRun,
  isGoingOn,
  LOG_LINES_MAX,
  type RunState,
  reduceRun,
  startedRun,
} from '../../.vitepress/theme/live/run-state.ts';
import type { SuiteInfo, TestOutcome } from '../../tools/runs/events.ts';
import type { RunLine } from '../../tools/runs/live-lines.ts';
import type { E2eResult } from '../../tools/runs/result-schema.ts';

const stateAfter = (lines: readonly RunLine[], state: RunState = startedRun('all', false, 1000)): RunState =>
  lines.reduce((before, line, index) => reduceRun(before, line, 1000 + index), state);

const info = (id: string) => ({ id, title: `title of ${id}`, proves: ['I1'] });
const outcome = (id: string, status: TestOutcome['status']): TestOutcome => ({ ...info(id), status, durationMs: 5 });
const suites: SuiteInfo[] = [{ name: 'access', title: 'Access', tests: [info('a'), info('b')] }];
const recorded = (name: string, tests: TestOutcome[]): E2eResult =>
  ({ name, kind: 'e2e', tests, passed: 0, failed: 0 }) as unknown as E2eResult;

describe('the state of a run', () => {
  it('goes from starting over running to ended, and keeps what it learned', () => {
    const begun = stateAfter([
      { t: 'run', id: 'r1' },
      { t: 'plan', kind: 'e2e', suites, total: 2 },
    ]);
    expect(begun).toMatchObject({ phase: 'running', id: 'r1', total: 2, done: 0 });
    const testing = stateAfter([{ t: 'test-start', suite: 'access', id: 'a' }], begun);
    expect([...testing.running]).toEqual(['access/a']);
    const tested = stateAfter([{ t: 'test-end', suite: 'access', outcome: outcome('a', 'failed') }], testing);
    expect(tested).toMatchObject({ done: 1, running: new Set() });
    const ended = stateAfter(
      [
        { t: 'end', ok: false, durationMs: 9, results: [1] },
        { t: 'exit', code: 1, reason: 'finished' },
      ],
      tested,
    );
    expect(ended).toMatchObject({ phase: 'ended', completed: true, results: [1], endedAtMs: 1001 });
    expect(isGoingOn(ended)).toBe(false);
  });

  it('stays stopping when the id comes after the reader pressed stop', () => {
    const stopping: RunState = { ...startedRun('all', false, 0), phase: 'stopping' };
    expect(stateAfter([{ t: 'run', id: 'r1' }], stopping).phase).toBe('stopping');
  });

  it('leaves no test running when the run breaks off', () => {
    const testing = stateAfter([{ t: 'test-start', suite: 'access', id: 'a' }]);
    expect(stateAfter([{ t: 'exit', code: null, reason: 'time-limit' }], testing).running.size).toBe(0);
    expect(failedRun(testing, 'UNREACHABLE', '', 5)).toMatchObject({
      phase: 'ended',
      running: new Set(),
      endedAtMs: 5,
    });
  });

  it('takes the progress of a benchmark as it is told', () => {
    expect(stateAfter([{ t: 'progress', done: 3, total: 8, label: 'x' }])).toMatchObject({
      done: 3,
      total: 8,
      label: 'x',
    });
  });

  it('keeps a bounded log and counts what it dropped', () => {
    const lines = Array.from({ length: LOG_LINES_MAX + 3 }, (_, index): RunLine => ({ t: 'log', line: `${index}` }));
    const { log } = stateAfter(lines);
    expect(log.entries).toHaveLength(LOG_LINES_MAX);
    expect(log).toMatchObject({ dropped: 3 });
    expect(log.entries[0]).toBe('3');
  });

  it('does not change the state that it was given', () => {
    const before = Object.freeze(stateAfter([{ t: 'test-start', suite: 'access', id: 'a' }]));
    stateAfter([{ t: 'test-end', suite: 'access', outcome: outcome('a', 'passed') }], before);
    expect([...before.running]).toEqual(['access/a']);
  });
});

describe('the list of tests', () => {
  const idle: RunState = { ...startedRun('', false, 0), phase: 'idle' };

  it('shows recorded outcomes as long as nothing was run', () => {
    const [suite] = suiteViews([recorded('access', [outcome('a', 'failed')])], suites, idle);
    expect(suite?.tests.map(({ state }) => state)).toEqual(['failed', 'waiting']);
    expect(suite).toMatchObject({ title: 'Access', passed: 0, failed: 1 });
  });

  it('shows only what is new for the suites that a run was asked for', () => {
    const old = [recorded('access', [outcome('a', 'failed'), outcome('b', 'failed')])];
    const run = stateAfter(
      [{ t: 'test-end', suite: 'access', outcome: outcome('b', 'passed') }],
      startedRun('access', false, 0),
    );
    expect(suiteViews(old, suites, run)[0]?.tests.map(({ state }) => state)).toEqual(['waiting', 'passed']);
    const other = startedRun('delivery', false, 0);
    expect(suiteViews(old, suites, other)[0]?.tests.map(({ state }) => state)).toEqual(['failed', 'failed']);
  });

  it('lists recorded suites also where no list of suites exists, as in a built site', () => {
    const [suite] = suiteViews([recorded('access', [outcome('a', 'passed')])], [], idle);
    expect(suite).toMatchObject({ name: 'access', passed: 1, failed: 0 });
  });
});

describe('how a program ended', () => {
  const text = liveEn.common;

  it('needs no words when all went well', () => {
    expect(endingText({ exit: { t: 'exit', code: 0, reason: 'finished' }, failure: undefined }, text)).toBeUndefined();
  });

  it.each([
    ['stopped', text.endedStopped],
    ['time-limit', text.endedTimeLimit],
    ['output-limit', text.endedOutputLimit],
    ['server-closed', text.endedServerClosed],
  ] as const)('is told for %s', (reason, expected) => {
    expect(endingText({ exit: { t: 'exit', code: null, reason }, failure: undefined }, text)).toBe(expected);
  });

  it('is told with the exit code, and with what the server said when it refused', () => {
    const crashed = endingText({ exit: { t: 'exit', code: 3, reason: 'finished' }, failure: undefined }, text);
    expect(crashed).toBe('The program ended with exit code 3.');
    expect(endingText({ exit: undefined, failure: { code: 'BUSY', message: '' } }, text)).toBe(text.busy);
  });
});

describe('an example', () => {
  it('has an address from its announcement to its end', () => {
    const idle = {
      phase: 'starting',
      name: 'x',
      id: undefined,
      address: undefined,
      exit: undefined,
      failure: undefined,
    };
    const starting = { ...idle, log: { entries: [], dropped: 0 } } as Parameters<typeof reduceExample>[0];
    const running = reduceExample(starting, { t: 'started', address: 'ws://127.0.0.1:1/ws' });
    expect(running).toMatchObject({ phase: 'running', address: 'ws://127.0.0.1:1/ws' });
    const ended = reduceExample(running, { t: 'exit', code: 0, reason: 'stopped' });
    expect(ended).toMatchObject({ phase: 'ended', address: undefined });
  });
});

describe('what a test proves', () => {
  const sections = { '4': 'frames-from-the-client', '4.2': 'subscribe' };

  it.each([
    ['I1', '/guide/invariants#i1-access'],
    ['I7', '/guide/invariants#i7-integrity'],
    ['§4.2', '/reference/protocol#subscribe'],
    ['§4.9', '/reference/protocol#frames-from-the-client'],
    ['§9', '/reference/protocol'],
    ['something else', undefined],
  ])('links %s to %s', (rule, path) => {
    expect(pathOfRule(rule, sections)).toBe(path);
  });
});
