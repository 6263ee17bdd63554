import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Folders whose tests start no process and keep no state in their modules: they share a process,
 * which then loads every library once.
 */
const PURE = ['claims', 'gate', 'plan', 'results', 'stats'].map(
  (folder) => `harness/${folder}/**/*.test.ts`,
);

/** Tests stand beside their sources and run in parallel, each of the other files in its own process. */
export default defineConfig({
  test: {
    pool: 'forks',
    // vitest leaves one CPU to itself, which on two CPUs means one file after the other.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    globals: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'pure', include: PURE, isolate: false } },
      {
        extends: true,
        test: {
          name: 'whole',
          include: [
            'harness/**/*.test.{ts,tsx}',
            'servers/**/*.test.ts',
            'scripts/**/*.test.ts',
            'native/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', ...PURE],
        },
      },
    ],
  },
});
