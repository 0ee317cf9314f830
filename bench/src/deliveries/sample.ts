/** One measurement of the deliveries benchmark, and the figures that follow from it. */

import type { ServerUse } from '../processes/servers.ts';
import { type Measured, shareOf } from '../rows.ts';
import type { Cell } from './plan.ts';

/** Kept as it was taken. */
export interface DeliverySample extends Cell {
  readonly program: string;
  /** From 1 on. */
  readonly repetition: number;
  readonly messages: number;
  readonly deliveries: number;
  readonly elapsedMs: number;
  readonly loadCpuMicros: number;
  /** Each process of the program; null where the system does not tell of all of them. */
  readonly servers: readonly ServerUse[] | null;
}

export function measuredOf(sample: DeliverySample): Measured {
  const { program, repetition, subscribers, messagesPerTurn, payloadBytes } = sample;
  const { deliveries, elapsedMs, loadCpuMicros, servers } = sample;
  return {
    program,
    repetition,
    workload: { subscribers, messagesPerTurn, payloadBytes },
    figures: {
      deliveriesPerSecond: (deliveries / elapsedMs) * 1_000,
      ...(servers === null ? {} : costOf(servers, deliveries, elapsedMs)),
      loadCpuShare: shareOf(loadCpuMicros, elapsedMs),
    },
  };
}

function costOf(servers: readonly ServerUse[], deliveries: number, elapsedMs: number): Measured['figures'] {
  const cpuMicros = servers.reduce((sum, server) => sum + server.cpuMicros, 0);
  const busiest = Math.max(...servers.map((server) => server.cpuMicros));
  return {
    cpuMicrosPerDelivery: cpuMicros / deliveries,
    deliveriesPerCpuSecond: (deliveries / busiest) * 1e6,
    rssBytes: servers.reduce((sum, server) => sum + server.rssBytes, 0),
    serverCpuShare: shareOf(cpuMicros, elapsedMs),
  };
}
