import { expect, test } from 'vitest';
import { sameText, sideBySide } from './side-by-side.js';

test('what both have stands on one row, what differs opposite each other', () => {
  const rows = sideBySide('a\nb\nc\nd', 'a\nx\nd\ne');
  expect(rows).toEqual([
    { kind: 'both', left: 'a', right: 'a' },
    { kind: 'differs', left: 'b', right: 'x' },
    { kind: 'differs', left: 'c', right: null },
    { kind: 'both', left: 'd', right: 'd' },
    { kind: 'differs', left: null, right: 'e' },
  ]);
  expect(sameText(rows, 'L', 'R')).toBe('2 the same, 2 only in L, 2 only in R');
});

test('a side may be empty', () => {
  expect(sideBySide('', 'a')).toEqual([{ kind: 'differs', left: null, right: 'a' }]);
  expect(sideBySide('', '')).toEqual([]);
});
