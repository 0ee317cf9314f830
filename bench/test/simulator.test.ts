import { expect, test } from 'vitest';
import { BACKBONE, measure, PROGRAM_NAMES, rowsOf, type SimulatorSample } from '../src/simulator/measure.ts';

test('simulated messages are measured in turn with those of the backbone alone, and all of them are counted', async () => {
  const seen: string[] = [];
  const samples = await measure({
    worlds: 1,
    repetitions: 2,
    onProgress: (done, total, label) => seen.push(`${done}/${total} ${label}`),
  });
  expect(samples.map(({ program, repetition }) => [repetition, program])).toEqual(
    [1, 2].flatMap((repetition) => PROGRAM_NAMES.map((program) => [repetition, program])),
  );
  expect(seen[0]).toBe('1/12 memory-backbone, warming up');
  expect(seen.at(-1)).toBe('12/12 hostile, repetition 2');
  for (const { program, messages, virtualMs, cpuMicros } of samples) {
    const again = samples.filter((other) => other.program === program);
    expect(new Set(again.map((sample) => sample.messages))).toEqual(new Set([messages]));
    expect(messages).toBeGreaterThan(program === BACKBONE ? 39_999 : 50);
    expect(virtualMs > 0).toBe(program !== BACKBONE);
    expect(cpuMicros).toBeGreaterThan(0);
  }
});

test('a row holds the middle of its measurements, and how many times the CPU time of the backbone a message takes', () => {
  const sampleOf = (program: SimulatorSample['program'], messages: number, repetition: number): SimulatorSample => ({
    program,
    repetition,
    messages,
    cpuMicros: 500_000,
    elapsedMs: 600,
    virtualMs: program === BACKBONE ? 0 : 20_000,
  });
  const samples = [1, 2, 3].flatMap((repetition) =>
    PROGRAM_NAMES.map((program) => sampleOf(program, (program === BACKBONE ? 5_000 : 50) * repetition, repetition)),
  );
  const [backbone, calm] = rowsOf(samples);
  expect(backbone).toMatchObject({
    messagesPerCpuSecond: { median: 20_000, min: 10_000, max: 30_000 },
    timesBackbone: 1,
  });
  expect(calm).toMatchObject({
    program: 'calm',
    messagesPerCpuSecond: { median: 200 },
    timesBackbone: 100,
    virtualSecondsPerCpuSecond: { median: 40 },
  });
});
