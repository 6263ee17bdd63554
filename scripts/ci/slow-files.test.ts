import { expect, it } from 'vitest';
import { table } from './slow-files.mjs';

it('names the files that took longest, loading included, and the sum of all', () => {
  const short = Array.from({ length: 20 }, (_, i) => ({
    name: `short-${i}`,
    loadMs: 1000,
    testsMs: 500,
  }));
  const lines = table([
    ...short,
    { name: 'native', loadMs: 80_000, testsMs: 200 },
    { name: 'long', loadMs: 1000, testsMs: 60_000 },
  ]);
  expect(lines).toHaveLength(16);
  expect(lines.slice(0, 2)).toEqual([
    '  80.2 s  loading   80.0 s  tests    0.2 s  native\n',
    '  61.0 s  loading    1.0 s  tests   60.0 s  long\n',
  ]);
  expect(lines.at(-1)).toBe(' 171.2 s  loading  101.0 s  tests   70.2 s  all 22 files\n');
});
