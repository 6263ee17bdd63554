import { describe, expect, test } from 'vitest';
import { Random } from '../results/testing-models.js';
import { detectableDifference, detectableLog } from './mde.js';
import { signedRankTest } from './signed-rank.js';

/** Columns: 6, 8, 10, 12, 16, 20 and 30 pairs; per cent on the log scale. */
test.each([
  [0.01, [1.5, 1.3, 1.2, 1.1, 0.9, 0.8, 0.7]],
  [0.02, [3.0, 2.6, 2.3, 2.1, 1.8, 1.7, 1.3]],
  [0.05, [7.5, 6.5, 5.8, 5.3, 4.6, 4.1, 3.4]],
  [0.1, [15.1, 13.1, 11.7, 10.7, 9.2, 8.3, 6.7]],
])('a spread of %d gives the planning table', (spread, expected) => {
  const sizes = [6, 8, 10, 12, 16, 20, 30];
  const found = sizes.map((n) => Number((100 * detectableLog(spread, n)).toFixed(1)));
  found.forEach((value, i) => {
    expect(Math.abs(value - (expected[i] as number))).toBeLessThan(0.11);
  });
});

const SPREAD = 0.03;

describe('the power that is claimed, by simulation at one-sided 1 %', () => {
  test.each([
    [10, 0.75],
    [16, 0.8],
    [20, 0.8],
    [40, 0.84],
  ])('n = %i: at least %d', (n, power) => {
    const random = new Random(`power-${n}`);
    const centre = detectableLog(SPREAD, n);
    const runs = 600;
    let seen = 0;
    for (let run = 0; run < runs; run++) {
      const values = Array.from({ length: n }, () => centre + SPREAD * random.normal());
      if (signedRankTest(values).greater <= 0.01) seen++;
    }
    expect(seen / runs).toBeGreaterThan(power);
    expect(seen / runs).toBeLessThan(0.95);
  });
});

test('from values: relative, and unknown where there is no spread to see', () => {
  const logs = [0.01, -0.01, 0.03, -0.03, 0.02, -0.02, 0.015, -0.015, 0.005, -0.005];
  const spread = Math.sqrt(logs.reduce((sum, x) => sum + x * x, 0) / 9);
  expect(detectableDifference(logs)).toBeCloseTo(Math.expm1(detectableLog(spread, 10)), 12);
  expect(detectableDifference([0.01])).toBeNull();
  expect(detectableDifference([])).toBeNull();
});
