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
  /** Memory of the server's processes when the measurement ended. */
  readonly rssBytes: number;
  /** What the connections took when all were there and nothing had been published, garbage aside. */
  readonly connectionsBytes: number;
}

/** What fewer of them take is lost in what a process gives and takes by itself. */
const SUBSCRIBERS_FOR_MEMORY_MIN = 1_000;

export function measuredOf(sample: FanOutSample): Measured {
  const { program, repetition, subscribers, messagesPerTurn, payloadBytes } = sample;
  const { deliveries, elapsedMs, serverCpuMicros, loadCpuMicros, rssBytes, connectionsBytes } = sample;
  const subscriberBytes = Math.max(0, connectionsBytes) / subscribers;
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
