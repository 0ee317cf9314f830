/** The fan-out benchmark from end to end: every program that runs here, with real processes, as short as can be. */

import { expect, test } from 'vitest';
import { provenanceOf } from '../../tools/runs/provenance.ts';
import { parseResult } from '../../tools/runs/result-schema.ts';
import { crowdsOf, type FanOutPlan, fanOutPlan } from '../src/fan-out/plan.ts';
import { runFanOut } from '../src/fan-out/run.ts';
import type { FanOutSample } from '../src/fan-out/sample.ts';
import { FAN_OUT_PROGRAMS, type FanOutProgram, FLOOR } from '../src/programs/program.ts';
import { median } from '../src/stats.ts';

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

test('a load generator that is slowed on purpose delivers less a second, and a delivery costs the server about the same', async () => {
  const loadDelayMicros = 200;
  const deliveries = 16 * 50;
  const load = {
    subscribers: [50],
    messagesPerTurn: [16],
    repetitions: 3,
    repetitionMs: 60_000,
    repetitionMessagesMax: 64,
    warmUpMs: 500,
  };
  const programs = named('micro-socket', 'ws-send-loop');
  const [quick, slow] = [await run(programs, load), await run(programs, { ...load, loadDelayMicros })];
  const of = (findings: typeof quick, name: string) =>
    (findings.raw as readonly FanOutSample[]).filter(({ program }) => program === name);
  const cost = (samples: readonly FanOutSample[]) =>
    median(samples.map((sample) => sample.serverCpuMicros / sample.deliveries));
  for (const { name } of programs) {
    const [before, after] = [of(quick, name), of(slow, name)];
    expect(after.every((sample) => sample.deliveries === 4 * deliveries)).toBe(true);
    // It stands still for each delivery, so no machine is quick enough for more than this.
    for (const sample of after) expect(sample.deliveries / sample.elapsedMs).toBeLessThan(1_000 / loadDelayMicros);
    const rate = (samples: readonly FanOutSample[]) => median(samples.map((one) => one.deliveries / one.elapsedMs));
    expect(rate(after)).toBeLessThan(rate(before));
    expect(cost(after) / cost(before)).toBeGreaterThan(1 / 4);
    expect(cost(after) / cost(before)).toBeLessThan(4);
  }
  expect(slow.method).toContain(`stood still for ${loadDelayMicros} µs at each delivery, on purpose`);
  expect(quick.method).not.toContain('on purpose');
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
