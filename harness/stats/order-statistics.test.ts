import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../results/testing-models.js';
import { coinProbabilities, medianInterval } from './order-statistics.js';

/** The same cases in every run. */
const SEEDED = { seed: 20260302, numRuns: 200 };

test('coin probabilities are binomial coefficients over 2^n', () => {
  expect(coinProbabilities(4)).toEqual([1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16]);
  expect(coinProbabilities(1000).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 10);
});

describe('medianInterval', () => {
  // 1 - 2 P(Binomial(n, 1/2) < rank), from the binomial coefficients by hand.
  test.each([
    [6, 1, 1 - 2 / 64],
    [8, 1, 1 - 2 / 256],
    [9, 2, 1 - 2 * (10 / 512)],
    [10, 2, 1 - 2 * (11 / 1024)],
    [20, 6, 1 - 2 * (21700 / 2 ** 20)],
  ])('n = %i runs from value number %i to its mirror', (n, rank, confidence) => {
    const values = Array.from({ length: n }, (_, i) => i + 1);
    const result = medianInterval([...values].reverse());
    expect(result).toMatchObject({ estimate: (n + 1) / 2, lo: rank, hi: n + 1 - rank, n });
    expect(result.confidence).toBeCloseTo(confidence, 12);
  });

  test('few values: a median without an interval', () => {
    expect(medianInterval([3, 1, 2, 9, 4])).toMatchObject({ estimate: 3, lo: null, hi: null });
    expect(medianInterval([7]).why).toBe('no 95 % interval from 1 value: 6 are needed');
    expect(medianInterval([])).toMatchObject({ estimate: null, n: 0, why: 'no values' });
  });

  test('lo <= median <= hi, each one of the values, whatever their order', () => {
    const samples = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), {
      minLength: 6,
      maxLength: 60,
    });
    fc.assert(
      fc.property(samples, fc.nat(), (sample, seed) => {
        const result = medianInterval(sample);
        expect(result.lo).toBeLessThanOrEqual(result.estimate as number);
        expect(result.hi).toBeGreaterThanOrEqual(result.estimate as number);
        expect(sample).toContain(result.lo);
        expect(sample).toContain(result.hi);
        expect(medianInterval(new Random(String(seed)).shuffle(sample))).toEqual(result);
      }),
      SEEDED,
    );
  });

  test('covers the median of a skewed distribution in at least 94 % of 2000 samples', () => {
    const random = new Random('median-coverage');
    let covered = 0;
    for (let i = 0; i < 2000; i++) {
      const sample = Array.from({ length: 10 }, () => -Math.log(1 - random.uniform()));
      const { lo, hi } = medianInterval(sample);
      if ((lo as number) <= Math.LN2 && (hi as number) >= Math.LN2) covered++;
    }
    expect(covered / 2000).toBeGreaterThanOrEqual(0.94);
  });
});
