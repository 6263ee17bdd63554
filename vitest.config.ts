import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Tests of these folders that measure in their own process: it is pinned, prioritised, and
 * continues for a while after a test that timed out.
 */
const MEASURING_FOLDERS = ['load', 'micro', 'run', 'server'].map((name) => `harness/${name}`);
const MEASURING_MODULE =
  /from '(\.|\.\.\/load|\.\.\/run)\/(addon|autocannon|block|clients|life|native|pin|run|span|wrk)\.js'/;
const ALONE = MEASURING_FOLDERS.flatMap((folder) =>
  readdirSync(path.join(import.meta.dirname, folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`)
    .filter((file) =>
      MEASURING_MODULE.test(readFileSync(path.join(import.meta.dirname, file), 'utf8')),
    ),
);

/** Their files are short and take longest: last, they would leave the other workers without work. */
const FIRST = /\/(servers|native)\/[^/]+\.test\.ts$|\/native\/test\//;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isFirst = ({ moduleId }: TestSpecification) => FIRST.test(moduleId);
    return [...sorted.filter(isFirst), ...sorted.filter((file) => !isFirst(file))];
  }
}

/**
 * Tests are next to their sources and run in parallel. Most files share a process with others, so
 * that a library is loaded once and not once per file.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    // vitest leaves one CPU to itself, which on two CPUs means one file after the other.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    globals: false,
    // Only failures wait so long, however busy the machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
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
