import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffLines } from './diff.js';

test('what both have, and what only one has', () => {
  const diff = diffLines('a\nb\nc\n', 'a\nx\nc\nd\n');
  expect(diff.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    'both a',
    'left b',
    'right x',
    'both c',
    'right d',
  ]);
  expect(diffLines('', '')).toEqual([]);
});

test('both texts can be read back from it, and nothing common is in it twice', () => {
  const texts = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
  fc.assert(
    fc.property(texts, texts, (left, right) => {
      const diff = diffLines(left.join('\n'), right.join('\n'));
      const without = (kind: string) =>
        diff.filter((line) => line.kind !== kind).map(({ text }) => text);
      expect(without('right')).toEqual(left);
      expect(without('left')).toEqual(right);
    }),
    { seed: 20260511, numRuns: 200 },
  );
  expect(diffLines('a\nb', 'b\na').filter(({ kind }) => kind === 'both')).toHaveLength(1);
});
