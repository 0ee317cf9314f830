/** The fan-out benchmark from end to end: every program that runs here, with real processes, as short as can be. */

import { expect, test } from 'vitest';
import { provenanceOf } from '../../tools/runs/provenance.ts';
import { parseResult } from '../../tools/runs/result-schema.ts';
import { crowdsOf, type FanOutPlan, fanOutPlan } from '../src/fan-out/plan.ts';
import { runFanOut } from '../src/fan-out/run.ts';
import type { FanOutSample } from '../src/fan-out/sample.ts';
import { FAN_OUT_PROGRAMS, type FanOutProgram, FLOOR } from '../src/programs/program.ts';

const short = { repetitions: 2, repetitionMs: 0, repetitionMessagesMax: 8, warmUpMs: 0 };

function run(programs: readonly FanOutProgram[], changes: Partial<FanOutPlan>) {
  const plan: FanOutPlan = { ...fanOutPlan(true), ...short, ...changes };
  return runFanOut({ plan, programs, signal: new AbortController().signal, onProgress: () => {} });
}

function named(...names: readonly string[]): FanOutProgram[] {
  return FAN_OUT_PROGRAMS.filter(({ name }) => names.includes(name));
}

test.for(FAN_OUT_PROGRAMS)(
  '$name delivers every message of every size intact and in order, and tells what its processes used',
  async (program, { skip }) => {
    const why = program.missing?.();
    if (why !== undefined) skip(why);
    const sizes = [32, 128, 1024];
    const findings = await run([program], { subscribers: [5], messagesPerTurn: [1, 16], payloadBytes: sizes });
    const raw = findings.raw as readonly FanOutSample[];
    expect(
      raw.map(({ payloadBytes, messagesPerTurn, repetition }) => [payloadBytes, messagesPerTurn, repetition]),
    ).toEqual(
      sizes.flatMap((bytes) =>
        [1, 16].flatMap((messages) => [1, 2].map((repetition) => [bytes, messages, repetition])),
      ),
    );
    for (const { deliveries, messages, messagesPerTurn, subscribers, rssBytes } of raw) {
      expect(messages).toBe(messagesPerTurn);
      expect(deliveries).toBe(messages * subscribers);
      expect(rssBytes).toBeGreaterThan(1_000_000);
    }
    expect(raw.reduce((sum, { serverCpuMicros }) => sum + serverCpuMicros, 0)).toBeGreaterThan(0);
  },
);

test('ours stands beside every other program, and every other one beside the floor', async () => {
  const findings = await run(named('micro-socket', 'ws-send-loop', FLOOR), {
    subscribers: [2],
    messagesPerTurn: [1],
    others: { payloadBytes: [32], subscribers: [2] },
  });
  const beside = findings.rows.map(({ program, workload, comparisons = [] }) => [
    workload['payloadBytes'],
    program,
    comparisons.map((other) => other.program),
  ]);
  expect(beside).toEqual(
    [128, 32].flatMap((bytes) => [
      [bytes, 'micro-socket', [FLOOR, 'ws-send-loop']],
      [bytes, FLOOR, []],
      [bytes, 'ws-send-loop', [FLOOR]],
    ]),
  );
  const { settings, skipped = [], ...rest } = findings;
  const provenance = provenanceOf('npm run bench', 0, 1);
  const result = { schema: 1, kind: 'bench', name: 'fan-out', ...rest, settings: { ...settings }, skipped, provenance };
  expect(() => parseResult(JSON.parse(JSON.stringify(result)))).not.toThrow();
});

test('what cannot be measured here is left out and named: programs, and more subscribers than a process may connect', async () => {
  const absent: FanOutProgram = {
    name: 'absent',
    dialect: 'frames',
    missing: () => 'It is not here.',
    start: () => Promise.reject(new Error('It was started.')),
  };
  const findings = await run([...named(FLOOR), absent], { subscribers: [2, 100_000_000], messagesPerTurn: [1] });
  expect(findings.rows.map(({ program, workload }) => [program, workload['subscribers']])).toEqual([[FLOOR, 2]]);
  expect(findings.skipped).toEqual([
    { program: 'absent', why: 'It is not here.' },
    { program: '100000000 subscribers', why: expect.stringMatching(/^A process may open \d+ files here/) },
  ]);
});

test('a load generator that is slowed on purpose delivers no more than its pauses allow, and says so in the method', async () => {
  const loadDelayMicros = 200;
  const load = {
    subscribers: [50],
    messagesPerTurn: [16],
    repetitions: 1,
    repetitionMs: 60_000,
    repetitionMessagesMax: 64,
    warmUpMs: 100,
  };
  const slow = await run(named('micro-socket', 'ws-send-loop'), { ...load, loadDelayMicros });
  for (const sample of slow.raw as readonly FanOutSample[]) {
    expect(sample.deliveries).toBe(64 * 50);
    // It stands still for each delivery, so no machine is quick enough for more than this.
    expect(sample.deliveries / sample.elapsedMs).toBeLessThan(1_000 / loadDelayMicros);
  }
  expect(slow.method).toContain(`stood still for ${loadDelayMicros} µs at each delivery, on purpose`);
});

test('the full plan has all sizes where it says so, and as many subscribers as it says', () => {
  const crowds = crowdsOf(fanOutPlan(false));
  expect(crowds.map(({ subscribers, cells }) => [subscribers, cells.length])).toEqual([
    [1, 2],
    [10, 2],
    [100, 6],
    [1000, 6],
    [5000, 2],
  ]);
});
