import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Provenance } from '../../tools/runs/provenance.ts';
import { parseResult } from '../../tools/runs/result-schema.ts';
import { CHECKS } from '../src/verify/checks/index.ts';
import { checksumOf } from '../src/verify/checksum.ts';
import { FrameLog } from '../src/verify/frame-log.ts';
import { matrixOf } from '../src/verify/matrix.ts';
import { outcomeText, summaryText } from '../src/verify/report.ts';
import { type CheckOutcome, levelReached, type VerifyReport } from '../src/verify/run.ts';
import { titles as es } from '../src/verify/titles/es.ts';
import { titles as tr } from '../src/verify/titles/tr.ts';

const PROTOCOL_PAGE = new URL('../../docs/reference/protocol.md', import.meta.url);
const INTEGRITY_VECTORS = new URL('../../reference/protocol/vectors/integrity.json', import.meta.url);

function outcome(changes: Partial<CheckOutcome>): CheckOutcome {
  return {
    id: 'replay',
    level: 'core',
    status: 'passed',
    title: 'sends exactly the messages asked for',
    proves: ['§4.6', 'I6'],
    encoding: 'json',
    durationMs: 3,
    ...changes,
  };
}

const failed = outcome({
  status: 'failed',
  expected: 'messages: 4 to 7',
  came: '3 to 7',
  frames: ['A → {"type":"replay"}', 'A ← {"type":"message"}'],
});

describe('the checks', () => {
  it('have names of their own', () => {
    const ids = CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('each prove a section of the protocol page, and only sections and invariants that there are', () => {
    const headings = readFileSync(PROTOCOL_PAGE, 'utf8').matchAll(/^#+ (\d+(?:\.\d+)*)\.? /gm);
    const known = new Set([...headings].map(([, number]) => `§${number}`));
    for (const { id, proves } of CHECKS) {
      expect(
        proves.some((rule) => rule.startsWith('§')),
        id,
      ).toBe(true);
      for (const rule of proves) expect(known.has(rule) || /^I[1-7]$/.test(rule), `${id} proves ${rule}`).toBe(true);
    }
  });

  it('have a title in Turkish and Spanish, and no title of a check that is gone', () => {
    const ids = CHECKS.map(({ id }) => id).toSorted();
    expect(Object.keys(tr).toSorted()).toEqual(ids);
    expect(Object.keys(es).toSorted()).toEqual(ids);
  });
});

describe('the level that a gateway reaches', () => {
  const passed = [outcome({}), outcome({ level: 'ordered' }), outcome({ level: 'durable' })];

  it('is the highest of which and below which nothing failed', () => {
    expect(levelReached(passed, 'durable')).toBe('durable');
    expect(levelReached(passed, 'ordered')).toBe('ordered');
    expect(levelReached([...passed, outcome({ level: 'ordered', status: 'failed' })], 'durable')).toBe('core');
    expect(levelReached([...passed, failed], 'durable')).toBe('none');
  });

  it('is not one of which everything was skipped', () => {
    const skipped = [outcome({}), outcome({ level: 'ordered' }), outcome({ level: 'durable', status: 'skipped' })];
    expect(levelReached(skipped, 'durable')).toBe('ordered');
  });
});

const report: VerifyReport = {
  address: 'ws://127.0.0.1:8080/ws',
  level: 'durable',
  encodings: ['json'],
  conforms: 'none',
  gateway: {
    gateway: 'gateway-1',
    durability: 'memory',
    retention: { messagesMax: 1024 },
    dedupWindowMs: 120_000,
    heartbeatMs: 25_000,
  },
  durationMs: 1_500,
  passed: 1,
  failed: 1,
  skipped: 1,
  checks: [
    outcome({ id: 'alias' }),
    failed,
    outcome({ id: 'ping', status: 'skipped', reason: 'heartbeatMs is 25000 ms' }),
  ],
};

describe('the report', () => {
  it('says of a failure what it proves, what was expected, what came, and the last frames', () => {
    expect(outcomeText(failed).split('\n')).toEqual([
      '✗ replay (json) sends exactly the messages asked for  [§4.6, I6] 3 ms',
      '    expected: messages: 4 to 7',
      '    came:     3 to 7',
      '    last frames:',
      '      A → {"type":"replay"}',
      '      A ← {"type":"message"}',
    ]);
  });

  it('names the durability, what was skipped and why, and the level', () => {
    const text = summaryText(report);
    expect(text).toMatch(/durability "memory"/);
    expect(text).toMatch(/heartbeatMs is 25000 ms: ping \(json\)/);
    expect(text).toMatch(/1 passed, 1 failed, 1 skipped/);
    expect(text).toMatch(/does not conform at level core/);
    expect(summaryText({ ...report, conforms: 'ordered' })).toMatch(
      /conforms at level ordered, with 1 checks skipped, not at level durable/,
    );
  });

  it('keeps only the last frames, however many there were', () => {
    const log = new FrameLog();
    for (let n = 1; n <= 1_000; n++) log.came('A', { n });
    expect(log.lines()).toHaveLength(16);
    expect(log.lines().at(-1)).toBe('A ← {"n":1000}');
    log.sent('B', 'x'.repeat(10_000));
    expect(log.lines().at(-1)?.length).toBeLessThan(300);
  });
});

describe('the matrix', () => {
  const provenance: Provenance = {
    command: 'npm run verify:matrix',
    startedAt: '2026-11-21T10:00:00.000Z',
    durationMs: 1,
    commit: 'unknown',
    dirty: false,
    node: 'v20.20.2',
    machine: { os: 'Linux', cpu: 'x', cores: 2, memoryBytes: 1 },
  };

  it('has a row for each check, a column for each transport and encoding, and true counts', () => {
    const inMsgpack = report.checks.map((one) => ({ ...one, encoding: 'msgpack' as const, status: 'passed' as const }));
    const both: VerifyReport = { ...report, encodings: ['json', 'msgpack'], checks: [...report.checks, ...inMsgpack] };
    const reports = [
      { transport: 'ws' as const, report: both },
      { transport: 'tcp' as const, report },
    ];
    const result = parseResult(matrixOf({ provenance, level: 'durable', limits: {}, reports }));
    if (result.kind !== 'verify') throw new Error('it is another kind of result');
    expect(result.columns.map(({ transport, encoding, conforms }) => [transport, encoding, conforms])).toEqual([
      ['ws', 'json', 'none'],
      ['ws', 'msgpack', 'core'],
      ['tcp', 'json', 'none'],
    ]);
    expect([result.passed, result.failed, result.skipped]).toEqual([5, 2, 2]);
    const replay = result.checks.find(({ id }) => id === 'replay');
    expect(replay?.cells.map((cell) => cell?.status)).toEqual(['failed', 'passed', 'failed']);
    expect(replay?.cells[0]).toMatchObject({ expected: 'messages: 4 to 7', came: '3 to 7' });
  });
});

describe('the checksum of the suite', () => {
  it('is the one of the vectors, although it is written from the page alone (§5.7, I7)', () => {
    const { checksums } = JSON.parse(readFileSync(INTEGRITY_VECTORS, 'utf8'));
    expect(checksums.length).toBeGreaterThan(5);
    for (const { name, message, checksum } of checksums) expect(checksumOf([message]), name).toBe(checksum);
    const messages = checksums.map(({ message }: { message: never }) => message);
    expect(checksumOf(messages)).toBe(checksums.at(-1).sum);
  });
});
