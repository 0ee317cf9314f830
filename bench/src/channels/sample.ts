/** One measurement of the channels benchmark, and the figures that follow from it. */

import { type Measured, shareOf } from '../rows.ts';
import type { Cell } from './plan.ts';

/** Kept as it was taken. */
export interface ChannelsSample extends Cell {
  readonly program: string;
  /** From 1 on. */
  readonly repetition: number;
  readonly ticks: number;
  readonly deliveries: number;
  readonly elapsedMs: number;
  /** CPU time of all threads of the server's process. */
  readonly serverCpuMicros: number;
  readonly loadCpuMicros: number;
  /** Memory of the server's process when the measurement ended. */
  readonly rssBytes: number;
  /**
   * By how much the server's objects and buffers grew with each channel, garbage aside, from before there were channels until
   * before the first measurement; null where connections or everything else would be most of it.
   */
  readonly channelBytes: number | null;
}

export function measuredOf(sample: ChannelsSample): Measured {
  const { program, repetition, channels, subscribersPerChannel, topicsPerConnection } = sample;
  const { ticks, deliveries, elapsedMs, serverCpuMicros, loadCpuMicros, rssBytes, channelBytes } = sample;
  const cpuMicrosPerTick = serverCpuMicros / ticks;
  return {
    program,
    repetition,
    workload: { channels, subscribersPerChannel, topicsPerConnection },
    figures: {
      cpuMicrosPerTick,
      ...(deliveries === 0
        ? {}
        : {
            cpuMicrosPerChannelTick: cpuMicrosPerTick / channels,
            cpuMicrosPerDelivery: serverCpuMicros / deliveries,
            deliveriesPerSecond: (deliveries / elapsedMs) * 1_000,
          }),
      ...(channelBytes === null ? {} : { channelBytes }),
      rssBytes,
      serverCpuShare: shareOf(serverCpuMicros, elapsedMs),
      loadCpuShare: shareOf(loadCpuMicros, elapsedMs),
    },
  };
}
