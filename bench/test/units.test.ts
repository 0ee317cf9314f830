import { expect, test } from 'vitest';
import { type FanOutSample, measuredOf } from '../src/fan-out/sample.ts';
import { Latencies, percentile } from '../src/load/latencies.ts';
import { PAYLOAD_BYTES_MIN, payloadText } from '../src/load/payload.ts';
import { coresIn } from '../src/processes/pinning.ts';
import { rowsOf } from '../src/rows.ts';
import { median, overlap, spreadOf } from '../src/stats.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(() => median([])).toThrow(RangeError);
});

test('a spread holds median, least and greatest value, rounded', () => {
  expect(spreadOf([1.006, 9, 2], 2)).toEqual({ median: 2, min: 1.01, max: 9 });
});

test('ranges overlap when they share a value', () => {
  const range = (min: number, max: number) => ({ median: min, min, max });
  expect(overlap(range(1, 3), range(3, 4))).toBe(true);
  expect(overlap(range(1, 5), range(2, 3))).toBe(true);
  expect(overlap(range(1, 2), range(3, 4))).toBe(false);
});

test('a payload has exactly the asked number of bytes, whatever its number', () => {
  for (const bytes of [PAYLOAD_BYTES_MIN, 128, 1024]) {
    for (const number of [0, 9, 10, 4_294_967_295]) {
      const text = payloadText(number, bytes);
      expect(Buffer.byteLength(text)).toBe(bytes);
      expect(JSON.parse(text)).toMatchObject({ number });
      expect(JSON.stringify(JSON.parse(text))).toBe(text);
    }
  }
});

test('a list of cores may hold single cores and ranges', () => {
  expect(coresIn('0-3,8\n')).toEqual([0, 1, 2, 3, 8]);
  expect(coresIn('5')).toEqual([5]);
  expect(coresIn('')).toEqual([]);
});

function sample(program: string, repetition: number, serverCpuMicros: number): FanOutSample {
  const cell = { subscribers: 2, messagesPerTurn: 1, payloadBytes: 128 };
  const measured = {
    messages: 50,
    deliveries: 100,
    elapsedMs: 10,
    serverSystemMicros: 50,
    loadCpuMicros: 5_000,
    rssBytes: 1_000,
    connectionsBytes: 400,
  };
  return { program, ...cell, repetition, ...measured, serverCpuMicros };
}

const workload = { subscribers: 2, messagesPerTurn: 1, payloadBytes: 128 };
const programs = [{ name: 'a', beside: [{ program: 'b' }] }, { name: 'b' }];
const rowsWith = (...samples: FanOutSample[]) => rowsOf(workload, programs, samples.map(measuredOf));

test('a figure is noise exactly when the ranges of the two programs overlap', () => {
  const noiseWith = (...cpu: number[]) => {
    const [row] = rowsWith(
      sample('a', 1, 100),
      sample('a', 2, 200),
      ...cpu.map((micros, place) => sample('b', place + 1, micros)),
    );
    return row?.comparisons?.[0]?.noise.includes('cpuMicrosPerDelivery');
  };
  expect(noiseWith(201, 300)).toBe(false);
  expect(noiseWith(199, 300)).toBe(true);
});

test('programs are compared repetition by repetition, and the one that is compared with has no comparison', () => {
  const [row, other] = rowsWith(sample('a', 1, 100), sample('a', 2, 900), sample('b', 2, 300), sample('b', 1, 200));
  expect(row?.comparisons).toMatchObject([
    { program: 'b', ratios: { cpuMicrosPerDelivery: { median: 1.75, min: 0.5, max: 3 } } },
  ]);
  expect(other?.comparisons).toBeUndefined();
});

test('a program that was not measured has no row, and nobody is compared with it', () => {
  const rows = rowsWith(sample('a', 1, 100));
  expect(rows.map(({ program, comparisons }) => [program, comparisons])).toEqual([['a', undefined]]);
});

test('a row can be put beside one with another workload', () => {
  const measured = [1, 2].map((subscribers) => ({
    program: 'a',
    repetition: 1,
    workload: { subscribers },
    figures: { startMs: subscribers * 10 },
  }));
  const beside = [{ program: 'a', workload: { subscribers: 1 } }];
  const [row] = rowsOf({ subscribers: 2 }, [{ name: 'a', beside }], measured);
  expect(row?.comparisons).toEqual([
    { program: 'a', workload: { subscribers: 1 }, ratios: { startMs: { median: 2, min: 2, max: 2 } }, noise: [] },
  ]);
});

test('a row divides the CPU time of the server by the deliveries and tells who was busy', () => {
  const [row] = rowsWith(sample('a', 1, 2_000), sample('a', 2, 4_000), sample('a', 3, 3_000));
  expect(row?.figures).toMatchObject({
    cpuMicrosPerDelivery: { median: 30, min: 20, max: 40 },
    deliveriesPerSecond: { median: 10_000, min: 10_000, max: 10_000 },
    serverCpuShare: { median: 0.3 },
    loadCpuShare: { median: 0.5 },
    rssBytes: { median: 1_000 },
  });
});

test('memory per subscriber is told where there are enough of them', () => {
  const crowd = (subscribers: number) => ({ ...sample('a', 1, 1_000), subscribers, connectionsBytes: 8_000_000 });
  expect(measuredOf(crowd(1_000)).figures.subscriberBytes).toBe(8_000);
  expect(measuredOf(crowd(10)).figures.subscriberBytes).toBeUndefined();
});

test('a percentile is the smallest value that this part of all values does not exceed', () => {
  const values = Array.from({ length: 1_000 }, (_, place) => place + 1);
  expect([0.5, 0.99, 0.999, 1].map((part) => percentile(values, part))).toEqual([500, 990, 999, 1000]);
  expect(percentile([7], 0.5)).toBe(7);
  expect(() => percentile([], 0.5)).toThrow(RangeError);
});

test('latencies are summed up exactly, and counted by their first two digits', () => {
  const latencies = new Latencies(4);
  for (const ms of [0.0123, 4, 0.0121, 0.5]) latencies.add(ms);
  expect(latencies.summary()).toMatchObject({ p50Micros: 12.3, maxMicros: 4_000, histogram: '12×2 500×1 4000×1' });
});
