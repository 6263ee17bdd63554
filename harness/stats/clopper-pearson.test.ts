import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clopperPearson } from './clopper-pearson.js';

// From R 4.2.2, binom.test(hits, n)$conf.int.
test.each([
  [0, 20, 0, 0.1684335],
  [1, 10, 0.002528579, 0.445016117],
  [5, 10, 0.187086, 0.812914],
  [18, 20, 0.6830173, 0.9876515],
  [20, 20, 0.8315665, 1],
])('%i of %i is %d to %d', (hits, n, lo, hi) => {
  const found = clopperPearson(hits, n);
  expect(found.lo).toBeCloseTo(lo, 6);
  expect(found.hi).toBeCloseTo(hi, 6);
});

test('no hit in n bounds the rate at 1 - (alpha / 2)^(1 / n), for thousands of tries too', () => {
  for (const n of [1, 60, 298, 5000]) {
    expect(clopperPearson(0, n).hi).toBeCloseTo(1 - 0.025 ** (1 / n), 9);
  }
});

test('holds the observed rate, mirrors, and is narrower for more tries', () => {
  const cases = fc
    .integer({ min: 1, max: 200 })
    .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n })));
  fc.assert(
    fc.property(cases, ([n, hits]) => {
      const { lo, hi } = clopperPearson(hits, n);
      expect(lo).toBeLessThanOrEqual(hits / n);
      expect(hi).toBeGreaterThanOrEqual(hits / n);
      const other = clopperPearson(n - hits, n);
      expect(other.lo).toBeCloseTo(1 - hi, 9);
      const more = clopperPearson(2 * hits, 2 * n);
      expect(more.hi - more.lo).toBeLessThan(hi - lo);
    }),
    { seed: 20261126, numRuns: 60 },
  );
});

test('refuses what is no count', () => {
  expect(() => clopperPearson(3, 2)).toThrow('3 of 2');
  expect(() => clopperPearson(0, 0)).toThrow('0 of 0');
});
