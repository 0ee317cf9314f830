/** The fixed list of what a page can start. A request chooses an entry; it never adds a word to a command line. */

import type { RunKind } from '../../tools/runs/events.ts';

export interface SpawnTable {
  /** Prints the suites of a kind as JSON. */
  list(kind: RunKind): readonly string[];
  /** Runs one suite, or all of them when `name` is undefined. */
  run(kind: RunKind, name: string | undefined, options: RunOptions): readonly string[];
  /** The examples by name, each on a free port. A map, because a name from a page must not find what every object inherits. */
  readonly examples: ReadonlyMap<string, readonly string[]>;
}

export interface RunOptions {
  /** Benchmarks only: fewer and shorter measurements. */
  readonly quick?: boolean | undefined;
}

const TSX = ['--import', 'tsx'];
const CLI: Readonly<Record<RunKind, string>> = {
  e2e: 'e2e/src/cli.ts',
  bench: 'bench/src/cli.ts',
  verify: 'e2e/src/verify/matrix-cli.ts',
};

/** Arguments for `process.execPath`, relative to the root of the repository. */
export const projectSpawnTable: SpawnTable = {
  list: (kind) => [...TSX, CLI[kind], '--list', '--json'],
  run: (kind, name, { quick }) => [
    ...TSX,
    CLI[kind],
    // The conformance suite is one suite: its command takes transports, not names.
    ...(name === undefined || kind === 'verify' ? [] : [name]),
    ...(quick === true ? ['--quick'] : []),
    '--events',
  ],
  examples: new Map(
    ['node-gateway', 'price-feed'].map((name) => [
      name,
      [...TSX, 'scripts/example.ts', name, '--listen', 'ws://127.0.0.1:0'],
    ]),
  ),
};
