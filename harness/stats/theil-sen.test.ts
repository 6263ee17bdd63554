import { expect, test } from 'vitest';
import { relativeDrift, theilSenSlope } from './theil-sen.js';

test('on a line it is the slope, whatever two of ten points do', () => {
  const line = Array.from({ length: 10 }, (_, i) => 100 + 3 * i);
  expect(theilSenSlope(line)).toBe(3);
  expect(theilSenSlope(line.with(2, 9000).with(7, 0))).toBeCloseTo(3, 0);
  expect(theilSenSlope(line.toReversed())).toBe(-3);
});

// scipy 1.17.1: theilslopes([3, 1, 4, 1, 5, 9, 2, 6]).slope
test('is the median of all pairs', () => {
  expect(theilSenSlope([3, 1, 4, 1, 5, 9, 2, 6])).toBeCloseTo(0.4642857142857143, 9);
});

test('drift: from first third to last third, relative to the level', () => {
  expect(relativeDrift(Array.from({ length: 10 }, () => 500))).toBe(0);
  const rising = Array.from({ length: 10 }, (_, i) => 955 + 10 * i);
  expect(relativeDrift(rising)).toBeCloseTo(0.06667, 4);
  expect(relativeDrift([0, 0, 0])).toBeNull();
});
