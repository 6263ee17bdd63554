import { expect, test } from 'vitest';
import { median, quantileSorted } from './quantile.js';

test.each([
  [[7], 7],
  [[9, 1], 5],
  [[3, 1, 10], 3],
  [[4, 1, 100, 2], 3],
  [[10, 9, 100], 10],
])('the median of %j is %d', (values, expected) => {
  const before = [...values];
  expect(median(values)).toBe(expected);
  expect(values).toEqual(before);
});

test.each([
  [0, 1],
  [0.25, 1.75],
  [0.5, 2.5],
  [0.9, 3.7],
  [1, 4],
])('quantile %d of 1 to 4, as R and numpy have it', (share, expected) => {
  expect(quantileSorted([1, 2, 3, 4], share)).toBeCloseTo(expected, 12);
});

test('nothing has no median', () => {
  expect(() => median([])).toThrow('no values');
});
