/** One measurement of the fan-out benchmark, and the figures that follow from it. */

import { type Measured, shareOf } from '../rows.ts';
import type { Cell } from './plan.ts';

/** Kept as it was taken. */
export interface FanOutSample extends Cell {
  readonly program: string;
  /** From 1 on. */
  readonly repetition: number;
  readonly messages: number;
  readonly deliveries: number;
  readonly elapsedMs: number;
  /** CPU time of all threads of the server's processes. */
  readonly serverCpuMicros: number;
  /** The part of it that the kernel used, for the network mostly. */
  readonly serverSystemMicros: number;
  readonly loadCpuMicros: number;
  /** Memory of the server's processes when the measurement ended, and before anybody had connected. */
  readonly rssBytes: number;
  readonly idleRssBytes: number;
}

/** With fewer of them a server's memory grows by its garbage, and not by its subscribers. */
const SUBSCRIBERS_FOR_MEMORY_MIN = 100;

export function measuredOf(sample: FanOutSample): Measured {
  const { program, repetition, subscribers, messagesPerTurn, payloadBytes } = sample;
  const { deliveries, elapsedMs, serverCpuMicros, loadCpuMicros, rssBytes, idleRssBytes } = sample;
  const subscriberBytes = Math.max(0, rssBytes - idleRssBytes) / subscribers;
  return {
    program,
    repetition,
    workload: { subscribers, messagesPerTurn, payloadBytes },
    figures: {
      cpuMicrosPerDelivery: serverCpuMicros / deliveries,
      deliveriesPerSecond: (deliveries / elapsedMs) * 1_000,
      rssBytes,
      ...(subscribers < SUBSCRIBERS_FOR_MEMORY_MIN ? {} : { subscriberBytes }),
      serverCpuShare: shareOf(serverCpuMicros, elapsedMs),
      loadCpuShare: shareOf(loadCpuMicros, elapsedMs),
    },
  };
}
