/** The result of the fan-out benchmark: the rows that every benchmark has, and what this one knows besides. */

import type { BenchResult, BenchRow } from '../../tools/runs/result-schema.ts';
import type { Cell } from './cells.ts';
import { overlap, rounded, spreadOf } from './stats.ts';

/** One measurement, kept as it was taken. */
export interface FanOutSample extends Cell {
  readonly program: string;
  /** From 1 on. */
  readonly repetition: number;
  readonly messages: number;
  readonly deliveries: number;
  readonly elapsedMs: number;
  /** CPU time of all threads of the server's process. */
  readonly serverCpuMicros: number;
  /** The part of it that the kernel used, for the network mostly. */
  readonly serverSystemMicros: number;
  readonly loadCpuMicros: number;
  /** Memory of the server's process when the measurement ended. */
  readonly rssBytes: number;
}

export interface FanOutRow extends BenchRow {
  /** CPU time of the server per second: 1 means that it was busy all the time and set the pace. */
  readonly serverCpuShare: number;
  /** The same for the load generator. */
  readonly loadCpuShare: number;
  /** True when the measurements of this cell do not tell the programs apart. */
  readonly noise: boolean;
}

/** What a finished run adds to a result, before it is known where and when it ran. */
export interface FanOutFindings {
  readonly method: string;
  /** Names the translations of `method`. */
  readonly methodKey: string;
  readonly settings: Record<string, unknown>;
  readonly rows: readonly FanOutRow[];
  readonly raw: readonly FanOutSample[];
}

export interface FanOutResult extends BenchResult {
  readonly methodKey: string;
  readonly rows: FanOutRow[];
  readonly raw: FanOutSample[];
}

/** The rows of one cell, one for each program in the order of `programs`. */
export function rowsOf(programs: readonly string[], samples: readonly FanOutSample[]): FanOutRow[] {
  const rows = programs.map((program) => rowOf(samples.filter((sample) => sample.program === program)));
  const noise = rows.some((row, place) =>
    rows.slice(place + 1).some((other) => overlap(row.cpuMicrosPerDelivery, other.cpuMicrosPerDelivery)),
  );
  return rows.map((row) => ({ ...row, noise }));
}

function rowOf(samples: readonly FanOutSample[]): Omit<FanOutRow, 'noise'> {
  const { program, subscribers, payloadBytes, messagesPerTurn } = samples[0] as FanOutSample;
  const middle = (value: (sample: FanOutSample) => number, digits: number) => spreadOf(samples.map(value), digits);
  return {
    program,
    subscribers,
    payloadBytes,
    messagesPerTurn,
    cpuMicrosPerDelivery: middle(({ serverCpuMicros, deliveries }) => serverCpuMicros / deliveries, 3),
    deliveriesPerSecond: middle(({ deliveries, elapsedMs }) => (deliveries / elapsedMs) * 1_000, 0),
    rssBytes: rounded(middle(({ rssBytes }) => rssBytes, 0).median, 0),
    serverCpuShare: middle(({ serverCpuMicros, elapsedMs }) => serverCpuMicros / 1_000 / elapsedMs, 3).median,
    loadCpuShare: middle(({ loadCpuMicros, elapsedMs }) => loadCpuMicros / 1_000 / elapsedMs, 3).median,
  };
}
