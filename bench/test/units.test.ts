import { expect, test } from 'vitest';
import { PAYLOAD_BYTES_MIN, payloadText } from '../src/load/payload.ts';
import { coresIn } from '../src/processes/pinning.ts';
import { type FanOutSample, rowsOf } from '../src/result.ts';
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
  };
  return { program, ...cell, repetition, ...measured, serverCpuMicros };
}

test('a cell is noise exactly when the ranges of its programs overlap', () => {
  const samplesWith = (...cpu: number[]) => [
    sample('a', 1, 100),
    sample('a', 2, 200),
    ...cpu.map((micros, place) => sample('b', place + 1, micros)),
  ];
  expect(rowsOf(['a', 'b'], samplesWith(201, 300)).map(({ noise }) => noise)).toEqual([false, false]);
  expect(rowsOf(['a', 'b'], samplesWith(199, 300)).map(({ noise }) => noise)).toEqual([true, true]);
});

test('a row divides the CPU time of the server by the deliveries and tells who was busy', () => {
  const [row] = rowsOf(['a'], [sample('a', 1, 2_000), sample('a', 2, 4_000), sample('a', 3, 3_000)]);
  expect(row).toMatchObject({
    cpuMicrosPerDelivery: { median: 30, min: 20, max: 40 },
    deliveriesPerSecond: { median: 10_000, min: 10_000, max: 10_000 },
    serverCpuShare: 0.3,
    loadCpuShare: 0.5,
    rssBytes: 1_000,
  });
});
