import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Folders whose tests measure in their own process: it is pinned, prioritised, and goes on for a
 * while after a test that timed out.
 */
const ALONE = ['conformance', 'load', 'micro', 'run', 'server'].map(
  (folder) => `harness/${folder}/**/*.test.ts`,
);

/**
 * Tests stand beside their sources and run in parallel. Most files share a process with others, so
 * that a library is loaded once and not once per file.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    // vitest leaves one CPU to itself, which on two CPUs means one file after the other.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    globals: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          isolate: false,
          include: [
            'harness/**/*.test.{ts,tsx}',
            'servers/**/*.test.ts',
            'scripts/**/*.test.ts',
            'native/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', ...ALONE],
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
});
