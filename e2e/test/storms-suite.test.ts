/** The storms among the end-to-end suites: how many rounds they have, and what becomes of one that cannot be run here. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { TestOutcome } from '../../tools/runs/events.ts';
import { HistoryFiles } from '../src/history/history-files.ts';
import { findNatsServer, NATS_MISSING, startNats } from '../src/nats-process.ts';
import { resultOf } from '../src/result.ts';
import { runSuites } from '../src/runner.ts';
import { roundsOf } from '../src/storms/rounds.ts';
import type { E2eTest, Suite } from '../src/suite.ts';
import { storms } from '../src/suites/storms.ts';

const folder = mkdtempSync(join(tmpdir(), 'micro-socket-suite-'));

afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function suiteOf(test: Partial<E2eTest>): Suite {
  const run = async () => {};
  return {
    name: 'own',
    title: 'Own',
    tests: [{ id: 'one', title: '', proves: [], encodings: ['json'], run, ...test }],
  };
}

describe('a test that cannot be run on this machine', () => {
  it('is skipped with the reason, and is neither passed nor failed', async () => {
    const run = async () => {
      throw new Error('It was run.');
    };
    const [outcome] = await runSuites([suiteOf({ run, whySkipped: () => 'It wants a moon.' })], () => {});
    if (outcome === undefined) throw new Error('There is no outcome.');
    const expected: Partial<TestOutcome> = { status: 'skipped', error: 'It wants a moon.' };
    expect(outcome.tests).toEqual([expect.objectContaining(expected)]);
    expect(resultOf(outcome)).toMatchObject({ passed: 0, failed: 0 });
  });

  it('is the one with NATS where there is no server', async () => {
    vi.stubEnv('NATS_SERVER', join(folder, 'nowhere'));
    expect(findNatsServer()).toBeUndefined();
    await expect(startNats({ port: 1, folder })).rejects.toThrow(NATS_MISSING);
    const skipped = storms.tests.filter(({ whySkipped }) => whySkipped?.() !== undefined);
    expect(skipped.map(({ id }) => id)).toEqual(['nats']);
    expect(NATS_MISSING).toContain('install the package nats-server');
  });
});

describe('a history that a test has judged by itself', () => {
  it('is counted and written down with the others', async () => {
    const events = [{ kind: 'phase', at: 1, phase: 'end' }] as const;
    const run: E2eTest['run'] = async ({ ownHistories }) => {
      ownHistories.push({ name: 'round-1', events, isCut: false }, { name: 'round-2', events, isCut: true });
    };
    const [outcome] = await runSuites([suiteOf({ run })], () => {}, new HistoryFiles(folder));
    expect(outcome).toMatchObject({ eventsJudged: 1, historiesCut: 1 });
    expect(readdirSync(folder)).toEqual(['own.one.round-1.ndjson', 'own.one.round-2.ndjson']);
  });
});

describe('the rounds of a storm', () => {
  it('are few, more in the deep run, and as many as somebody wants', () => {
    vi.stubEnv('TEST_DEEP', undefined);
    vi.stubEnv('STORM_ROUNDS', undefined);
    const few = roundsOf(2);
    vi.stubEnv('TEST_DEEP', '1');
    expect([few, roundsOf(2) > few]).toEqual([2, true]);
    vi.stubEnv('STORM_ROUNDS', '300');
    expect(roundsOf(2)).toBe(300);
    vi.stubEnv('STORM_ROUNDS', 'many');
    expect(() => roundsOf(2)).toThrow('STORM_ROUNDS is a whole number from 1 on, not many.');
  });
});
