import { defineConfig } from 'vitest/config';

// Hangs end, slowness does not fail: machines have been seen that are twenty times slower than others.
const patience = { testTimeout: 600_000, hookTimeout: 600_000 };

const CORE = ['protocol', 'backbone', 'client', 'gateway', 'price-feed'].map(
  (name) => `reference/${name}/test/**/*.test.ts`,
);

export default defineConfig({
  test: {
    // Tests start real processes and real browsers; more workers than this would starve them on two cores.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'core',
          include: CORE,
          exclude: ['**/node_modules/**'],
          // These files share nothing but modules without state, and loading the schemas anew for each of them takes
          // longer than the tests.
          isolate: false,
          ...patience,
        },
      },
      {
        test: {
          name: 'unit',
          include: [
            'reference/*/test/**/*.test.ts',
            'bench/test/**/*.test.ts',
            'e2e/test/**/*.test.ts',
            'tests/**/*.test.ts',
          ],
          exclude: ['tests/browser/**', '**/node_modules/**', ...CORE],
          ...patience,
        },
      },
      { test: { name: 'browser', include: ['tests/browser/**/*.test.ts'], ...patience, fileParallelism: false } },
    ],
  },
});
