/** The fixed list of programs that the tests of the live part may start. */

import { fileURLToPath } from 'node:url';
import type { SpawnTable } from '../../.vitepress/live/spawn-table.ts';

const PROGRAM = fileURLToPath(new URL('fixtures/program.mjs', import.meta.url));

export const testTable: SpawnTable = {
  list: (kind) => [PROGRAM, 'list', kind],
  run: (_kind, name, { quick }) => [PROGRAM, name ?? 'delivery', ...(quick === true ? ['--quick'] : [])],
  examples: new Map([['node-gateway', [PROGRAM, 'gateway']]]),
};
