import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import fixture from './fixtures/tests.json' with { type: 'json' };
import { hodgesLehmann } from './hodges-lehmann.js';
import { equivalenceTest, signedRankTest } from './signed-rank-test.js';

const MARGIN = Math.log1p(fixture.margin);

describe.each(fixture.samples)(
  'n = $n agrees with R',
  ({ values, two_sided, greater, less, tost }) => {
    test("wilcox.test's exact p-values", () => {
      const found = signedRankTest(values);
      expect(found.twoSided).toBeCloseTo(two_sided, 12);
      expect(found.greater).toBeCloseTo(greater, 12);
      expect(found.less).toBeCloseTo(less, 12);
    });

    test('two one-sided tests around a margin', () => {
      expect(equivalenceTest(values, MARGIN)).toBeCloseTo(tost, 12);
    });
  },
);

const samples = fc.array(fc.integer({ min: -20, max: 30 }), { minLength: 6, maxLength: 20 });
const SEEDED = { seed: 20260302, numRuns: 300 };

test('p <= 1 - confidence exactly where the interval leaves 0 out, ties and zeros included', () => {
  fc.assert(
    fc.property(samples, (values) => {
      const { lo, hi, confidence } = hodgesLehmann(values);
      const { twoSided } = signedRankTest(values);
      const excluded = (lo as number) > 0 || (hi as number) < 0;
      expect(twoSided <= 1 - (confidence as number) + 1e-12).toBe(excluded);
    }),
    SEEDED,
  );
});

test('equivalent at 5 % exactly where the 90 % interval lies inside the margin', () => {
  fc.assert(
    fc.property(samples, fc.integer({ min: 1, max: 25 }), (values, margin) => {
      const { lo, hi } = hodgesLehmann(values, 0.9);
      const inside = (lo as number) > -margin && (hi as number) < margin;
      expect(equivalenceTest(values, margin) <= 0.05).toBe(inside);
    }),
    SEEDED,
  );
});

test('zeros speak for no difference', () => {
  expect(signedRankTest([0, 0, 0, 0, 0, 0]).twoSided).toBe(1);
  expect(signedRankTest([1, 1, 1, 1, 1, 1]).twoSided).toBe(2 / 64);
});
