/** One measurement of the backbones benchmark, and the figures that follow from it. */

import type { PublishSample } from '../load/publish-loop.ts';
import type { ServerUse } from '../processes/servers.ts';
import { type Measured, shareOf } from '../rows.ts';
import type { Cell } from './plan.ts';

/** Kept as it was taken. */
export interface BackboneSample extends Cell, Omit<PublishSample, 'cpuMicros'> {
  readonly program: string;
  /** From 1 on. */
  readonly repetition: number;
  /** CPU time of the process that publishes. A store that it holds itself is in it. */
  readonly loadCpuMicros: number;
  /** Each process behind it; null where the system does not tell of all of them. */
  readonly servers: readonly ServerUse[] | null;
  /** True when the process that publishes holds the store, too. */
  readonly isOneProcess: boolean;
}

export function measuredOf(sample: BackboneSample): Measured {
  const { program, repetition, inFlight, topics, payloadBytes, messages, elapsedMs, p50Micros, p99Micros } = sample;
  return {
    program,
    repetition,
    workload: { inFlight, topics, payloadBytes },
    figures: {
      publishesPerSecond: (messages / elapsedMs) * 1_000,
      p50Micros,
      p99Micros,
      ...costOf(sample),
    },
  };
}

function costOf({ messages, elapsedMs, loadCpuMicros, servers, isOneProcess }: BackboneSample): Measured['figures'] {
  const load = { loadCpuShare: shareOf(loadCpuMicros, elapsedMs) };
  if (isOneProcess) return { cpuMicrosPerPublish: loadCpuMicros / messages, ...load };
  if (servers === null) return load;
  const cpuMicros = servers.reduce((sum, server) => sum + server.cpuMicros, 0);
  return {
    cpuMicrosPerPublish: cpuMicros / messages,
    rssBytes: servers.reduce((sum, server) => sum + server.rssBytes, 0),
    serverCpuShare: shareOf(cpuMicros, elapsedMs),
    ...load,
  };
}
