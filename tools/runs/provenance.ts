/** Where a recorded figure comes from: enough to judge it, and to record it again. */

import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';

/** Facts about one run, stored beside its figures. Times are ISO 8601, sizes in bytes, durations in milliseconds. */
export interface Provenance {
  /** The command that repeats the run. */
  readonly command: string;
  readonly startedAt: string;
  readonly durationMs: number;
  /** Git commit of the sources, or `unknown` outside a checkout. */
  readonly commit: string;
  /** True when the sources differed from that commit. */
  readonly dirty: boolean;
  readonly node: string;
  readonly machine: {
    readonly os: string;
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
  };
}

/** Collects the provenance of a run that has just ended. `startedAtMs` is milliseconds since 1970. */
export function provenanceOf(command: string, startedAtMs: number, durationMs: number): Provenance {
  const processors = cpus();
  return {
    command,
    startedAt: new Date(startedAtMs).toISOString(),
    durationMs: Math.round(durationMs),
    commit: git(['rev-parse', '--short=12', 'HEAD']) || 'unknown',
    dirty:
      git(['status', '--porcelain', '--', '.', ':!e2e/results', ':!bench/results', ':!reference/simulator/results']) !==
      '',
    node: process.version,
    machine: {
      os: `${type()} ${release()}`,
      cpu: processors[0]?.model.trim() ?? 'unknown',
      cores: processors.length,
      memoryBytes: totalmem(),
    },
  };
}

function git(words: readonly string[]): string {
  try {
    return execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
