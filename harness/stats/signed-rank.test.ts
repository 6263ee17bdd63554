import { describe, expect, test } from 'vitest';
import wilcox from './fixtures/wilcox.json' with { type: 'json' };
import { fewestValues } from './interval.js';
import { cutTails, signedRankProbabilities } from './signed-rank.js';

/** Every one of the 2^n sign patterns once. */
function byEnumeration(n: number): number[] {
  const counts = new Array<number>((n * (n + 1)) / 2 + 1).fill(0);
  for (let signs = 0; signs < 2 ** n; signs++) {
    let sum = 0;
    for (let rank = 1; rank <= n; rank++) if (signs & (1 << (rank - 1))) sum += rank;
    counts[sum] = (counts[sum] ?? 0) + 1;
  }
  return counts.map((count) => count / 2 ** n);
}

test.each([1, 2, 3, 6, 11])('n = %i agrees with counting all sign patterns, exactly', (n) => {
  expect([...signedRankProbabilities(n)]).toEqual(byEnumeration(n));
});

test.each(wilcox.psignrank)("n = $n agrees with R's psignrank", ({ n, t, p }) => {
  const probabilities = signedRankProbabilities(n);
  const below = t.map((top) => probabilities.slice(0, top + 1).reduce((sum, x) => sum + x, 0));
  below.forEach((value, i) => {
    expect(value / (p[i] as number)).toBeCloseTo(1, 11);
  });
});

test('probabilities sum to 1 and are symmetric up to n = 1000', () => {
  for (const n of [200, 1000]) {
    const p = signedRankProbabilities(n);
    expect(p.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 10);
    expect(p[0]).toBe(p.at(-1));
    expect(p[0]).toBe(0.5 ** n);
  }
});

describe('cutTails', () => {
  // The two-sided 1 % critical values of every printed table are one less: 0, 3, 7, 19, 37.
  test.each([
    [8, 1],
    [10, 4],
    [12, 8],
    [16, 20],
    [20, 38],
  ])('99 %% at n = %i starts from the Walsh average number %i', (n, drop) => {
    expect(cutTails(signedRankProbabilities(n), 0.99)?.drop).toBe(drop);
  });

  test('never attains less than it was asked for, and could not drop one more', () => {
    for (let n = 6; n <= 60; n++) {
      const p = signedRankProbabilities(n);
      const cut = cutTails(p, 0.95);
      expect(cut?.confidence).toBeGreaterThanOrEqual(0.95);
      expect((cut?.confidence ?? 0) - 2 * (p[cut?.drop ?? 0] ?? 0)).toBeLessThan(0.95);
    }
  });

  test('is null exactly below the fewest values', () => {
    for (const confidence of [0.9, 0.95, 0.99]) {
      const fewest = fewestValues(confidence);
      expect(cutTails(signedRankProbabilities(fewest - 1), confidence)).toBeNull();
      expect(cutTails(signedRankProbabilities(fewest), confidence)).not.toBeNull();
    }
    expect(fewestValues(0.95)).toBe(6);
    expect(fewestValues(0.99)).toBe(8);
  });
});
