/** A gateway as `npm run gateway` starts it, in a process of its own. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from './child.ts';
import type { MeterTasks } from './meter.ts';
import type { Usage } from './usage.ts';

const CLI = new URL('../../../reference/gateway/src/node/cli.ts', import.meta.url);
const METER = new URL('./meter.ts', import.meta.url);

/** Everybody may do everything: access is checked all the same. */
const POLICY = { anonymous: { allow: [{ pattern: '>', actions: ['subscribe', 'publish'] }] } };

/**
 * Bounds that a load generator would reach before the gateway is busy, and heartbeats so slow that a machine which stands
 * still for some seconds ends no connection.
 */
export const LIMITS: Readonly<Record<string, number>> = {
  heartbeatMs: 60_000,
  pongTimeoutMs: 60_000,
  framesPerSecondMax: 1_000_000,
  unacknowledgedPublishesMax: 8_192,
  dedupEntriesPerPublisherMax: 4_000_000,
  dedupEntriesMax: 4_000_000,
};

export interface GatewayOptions {
  /** Who it is, for errors. */
  readonly name: string;
  /** `tcp://127.0.0.1:0` or the like. */
  readonly listen: string;
  /** Further words of its command line, such as `--backbone`. */
  readonly words?: readonly string[];
  readonly isEngine?: boolean;
  readonly core: number | undefined;
  /** For its policy. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

export class GatewayProcess {
  readonly #child: Child<MeterTasks>;
  readonly #listening: Promise<{ address: string; startMs: number }>;

  /** Starts it. */
  constructor({ name, listen, words = [], isEngine = false, core, folder, signal }: GatewayOptions) {
    const startedAt = performance.now();
    let said = (_address: string) => {};
    const address = new Promise<string>((resolve) => {
      said = resolve;
    });
    this.#child = new Child({
      name,
      file: CLI,
      preload: METER,
      words: ['--listen', listen, ...(isEngine ? ['--engine'] : policyWords(folder)), ...limitWords(), ...words],
      core,
      onLine: (line) => {
        const bound = /^listening on (\S+)$/.exec(line)?.[1];
        if (bound !== undefined) said(bound);
      },
      signal,
    });
    this.#listening = this.#child
      .whileItRuns(address)
      .then((bound) => ({ address: bound, startMs: performance.now() - startedAt }));
    // Whoever ends it before it listens does not ask.
    this.#listening.catch(() => {});
  }

  /** Where it listens, and how long after its start it said so. Rejects with `BenchError` when it ends before. */
  listening(): Promise<{ address: string; startMs: number }> {
    return this.#listening;
  }

  usage(): Promise<Usage> {
    return this.#child.ask('usage');
  }

  end(): Promise<void> {
    return this.#child.end();
  }

  /** Ends it with SIGKILL. */
  crash(): Promise<void> {
    return this.#child.crash();
  }
}

function policyWords(folder: string): string[] {
  const file = join(folder, 'policy.json');
  writeFileSync(file, JSON.stringify(POLICY));
  return ['--policy', file];
}

function limitWords(): string[] {
  return Object.entries(LIMITS).flatMap(([name, value]) => ['--limit', `${name}=${value}`]);
}
