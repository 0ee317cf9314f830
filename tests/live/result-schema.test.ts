import { describe, expect, it } from 'vitest';
import { InvalidResultError, parseResult } from '../../tools/runs/result-schema.ts';

const provenance = {
  command: 'npm run bench -- fan-out',
  startedAt: '2026-11-20T10:00:00.000Z',
  durationMs: 1,
  commit: 'unknown',
  dirty: false,
  node: 'v20.20.2',
  machine: { os: 'Linux', cpu: 'x', cores: 2, memoryBytes: 1 },
};
const spread = { median: 2, min: 1, max: 3 };
const row = {
  program: 'micro-socket',
  workload: { subscribers: 10, payloadBytes: 64 },
  figures: { cpuMicrosPerDelivery: spread, rssBytes: spread },
  durability: 'memory',
  comparisons: [{ program: 'ws-send-loop', ratios: { rssBytes: spread }, noise: ['rssBytes'] }],
};
const layout = { x: 'subscribers', charts: ['cpuMicrosPerDelivery'] };
const bench = {
  schema: 1,
  kind: 'bench',
  name: 'fan-out',
  method: '',
  provenance,
  settings: {},
  layout,
  rows: [row],
  skipped: [{ program: 'nats', why: 'It is not here.' }],
  raw: [],
};
const test = { id: 'a', title: 'a', proves: ['I1'], status: 'passed', durationMs: 1 };
const e2e = { schema: 1, kind: 'e2e', name: 'access', method: '', provenance, passed: 1, failed: 0, tests: [test] };

function fieldOf(value: unknown): string {
  try {
    parseResult(value);
  } catch (error) {
    if (error instanceof InvalidResultError) return error.field;
  }
  return 'none';
}

describe('a recorded result', () => {
  it('is returned when it has the shape of its kind', () => {
    expect(parseResult(bench)).toBe(bench);
    expect(parseResult(e2e)).toBe(e2e);
  });

  it.each([
    ['kind', { ...bench, kind: 'other' }],
    ['kind', null],
    ['schema', { ...bench, schema: 2 }],
    ['name', { ...bench, name: '../fan-out' }],
    ['rows.0.figures.rssBytes.median', { ...bench, rows: [{ ...row, figures: { rssBytes: { min: 1, max: 2 } } }] }],
    ['rows.0.workload.subscribers', { ...bench, rows: [{ ...row, workload: { subscribers: '10' } }] }],
    ['rows.0.figures.no name', { ...bench, rows: [{ ...row, figures: { 'no name': spread } }] }],
    ['rows.0.workload.subscribers', { ...bench, rows: [{ ...row, workload: { payloadBytes: 64 } }] }],
    ['layout.charts.0', { ...bench, layout: { charts: ['startMs'] } }],
    ['layout.charts', { ...bench, layout: { charts: [] } }],
    ['provenance.startedAt', { ...e2e, provenance: { ...provenance, startedAt: 'yesterday' } }],
    ['tests.0.status', { ...e2e, tests: [{ ...test, status: 'unknown' }] }],
    ['passed', { ...e2e, passed: 2 }],
    ['failed', { ...e2e, failed: 1 }],
  ])('is refused with the name of the wrong field %s', (field, value) => {
    expect(fieldOf(value)).toBe(field);
  });
});
