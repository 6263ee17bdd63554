import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests stand beside their sources and run in parallel, each file in its own process. */
export default defineConfig({
  test: {
    include: [
      'harness/**/*.test.{ts,tsx}',
      'servers/**/*.test.ts',
      'scripts/**/*.test.ts',
      'native/**/*.test.ts',
    ],
    pool: 'forks',
    // vitest leaves one CPU to itself, which on two CPUs means one file after the other.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    globals: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
