/** One measurement of the conflation benchmark, and the figures that follow from it. */

import { type Measured, shareOf } from '../rows.ts';
import type { Cell } from './plan.ts';

/** Kept as it was taken. */
export interface ConflationSample extends Cell {
  readonly program: string;
  /** From 1 on. */
  readonly repetition: number;
  readonly ticks: number;
  readonly deliveries: number;
  /** Until everybody had what was owed. */
  readonly elapsedMs: number;
  /** CPU time of all threads of the server's process, until then. */
  readonly serverCpuMicros: number;
  readonly loadCpuMicros: number;
  /** What the server's objects and buffers took, garbage aside, before the first measurement … */
  readonly liveBytesBefore: number;
  /** … and when the last tick was acknowledged, while slow readers did not read yet. */
  readonly liveBytes: number;
  /** Memory of the server's process before the first measurement … */
  readonly rssBytesBefore: number;
  /** … and when the last tick was acknowledged. */
  readonly rssBytes: number;
}

export function measuredOf(sample: ConflationSample): Measured {
  const { program, repetition, subscribers, slowReaders, ticksPerSecond } = sample;
  const { ticks, deliveries, elapsedMs, serverCpuMicros, loadCpuMicros, liveBytesBefore, liveBytes, rssBytes } = sample;
  return {
    program,
    repetition,
    workload: { subscribers, slowReaders, ticksPerSecond },
    figures: {
      cpuMicrosPerTick: serverCpuMicros / ticks,
      deliveredShare: deliveries / (ticks * subscribers),
      cpuMicrosPerDelivery: serverCpuMicros / deliveries,
      // Where everybody reads there is nothing to hold.
      ...(slowReaders === 0 ? {} : { heldBytes: Math.max(0, liveBytes - liveBytesBefore) }),
      rssBytes,
      serverCpuShare: shareOf(serverCpuMicros, elapsedMs),
      loadCpuShare: shareOf(loadCpuMicros, elapsedMs),
    },
  };
}
