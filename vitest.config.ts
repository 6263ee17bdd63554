import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Tests stand beside their sources and run in parallel. Files share a process with others, so that
 * a library is loaded once and not once per file; so no test leaves anything behind in a module,
 * the environment or the process.
 */
export default defineConfig({
  test: {
    include: [
      'harness/**/*.test.{ts,tsx}',
      'servers/**/*.test.ts',
      'scripts/**/*.test.ts',
      'native/**/*.test.ts',
    ],
    pool: 'forks',
    isolate: false,
    // vitest leaves one CPU to itself, which on two CPUs means one file after the other.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    globals: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
