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
    globals: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
