/** The benchmarks that there are. */

import { backbones } from './backbones/run.ts';
import type { Benchmark } from './benchmark.ts';
import { deliveries } from './deliveries/run.ts';
import { fanOut } from './fan-out/run.ts';
import { recovery } from './recovery/run.ts';

export const BENCHMARKS: readonly Benchmark[] = [fanOut, backbones, deliveries, recovery];
