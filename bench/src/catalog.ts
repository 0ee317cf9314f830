/** The benchmarks that there are. */

import { backbones } from './backbones/run.ts';
import type { Benchmark } from './benchmark.ts';
import { channels } from './channels/run.ts';
import { conflation } from './conflation/run.ts';
import { deliveries } from './deliveries/run.ts';
import { fanOut } from './fan-out/run.ts';
import { recovery } from './recovery/run.ts';

export const BENCHMARKS: readonly Benchmark[] = [fanOut, channels, conflation, backbones, deliveries, recovery];
