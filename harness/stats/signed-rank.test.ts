import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../results/testing-models.js';
import fixture from './fixtures/tests.json' with { type: 'json' };
import wilcox from './fixtures/wilcox.json' with { type: 'json' };
import { fewestValues } from './interval.js';
import {
  cutTails,
  equivalenceTest,
  hodgesLehmann,
  signedRankProbabilities,
  signedRankTest,
  walshAverages,
} from './signed-rank.js';

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

/** The same cases in every run. */
const SEEDED = { seed: 20260302, numRuns: 200 };

/**
 * R (fixtures/make-wilcox.R) takes the same median of the same Walsh averages and cuts at
 * qsignrank((1 - level) / 2, n), the smallest t with P(T <= t) >= that. Ours is the number of t
 * with P(T <= t) at most that; they differ only if a probability hits (1 - level) / 2 to the last
 * bit, which a multiple of 2^-n cannot for these levels. So everything must agree.
 */
describe('against R', () => {
  test('the fixture holds 20 samples of n = 6 to 40', () => {
    expect(wilcox.samples).toHaveLength(20);
    expect(Math.min(...wilcox.samples.map(({ n }) => n))).toBe(6);
    expect(Math.max(...wilcox.samples.map(({ n }) => n))).toBe(40);
  });

  test.each(wilcox.samples)('$kind, n = $n, level $level', (sample) => {
    const result = hodgesLehmann(sample.values, sample.level);
    expect(result.n).toBe(sample.n);
    expect(result.estimate).toBeCloseTo(sample.estimate, 10);
    expect(result.lo).toBeCloseTo(sample.lo, 10);
    expect(result.hi).toBeCloseTo(sample.hi, 10);
    expect(result.confidence).toBeGreaterThanOrEqual(sample.level);
  });
});

describe('small and odd samples', () => {
  test('no values: no estimate, and it says so', () => {
    const none = { estimate: null, lo: null, hi: null, confidence: null, n: 0 };
    expect(hodgesLehmann([])).toEqual({ ...none, why: 'no values' });
  });

  test.each([1, 2, 5])('%i values: an estimate without an interval', (n) => {
    const result = hodgesLehmann(Array.from({ length: n }, () => 3));
    expect(result).toMatchObject({ estimate: 3, lo: null, hi: null, confidence: null, n });
    expect(result.why).toMatch(/no 95 % interval from \d values?: 6 are needed/);
  });

  test('6 values: smallest to largest, at 1 - 2 / 64', () => {
    const result = hodgesLehmann([6, 1, 5, 2, 4, 3]);
    expect(result).toEqual({ estimate: 3.5, lo: 1, hi: 6, confidence: 0.96875, n: 6 });
  });

  test('ties and zeros stay in: a block without a difference pulls towards none', () => {
    const zeros = hodgesLehmann([0, 0, 0, 0, 0.1, 0.1, 0.1]);
    expect(zeros.n).toBe(7);
    expect(zeros.lo).toBe(0);
    expect(zeros.estimate).toBe(0.05);
    const same = hodgesLehmann([2, 2, 2, 2, 2, 2]);
    expect(same).toMatchObject({ estimate: 2, lo: 2, hi: 2 });
  });

  test('one wild value moves the estimate little', () => {
    const calm = [1, 1.1, 0.9, 1.05, 0.95, 1.02, 0.98, 1.01, 0.99];
    expect(hodgesLehmann([...calm, 1000]).estimate).toBeLessThan(1.1);
  });

  test('refuses what no caller may pass', () => {
    expect(() => hodgesLehmann([1, Number.NaN])).toThrow('finite');
    expect(() => hodgesLehmann([1, Number.POSITIVE_INFINITY])).toThrow('finite');
    expect(() => hodgesLehmann([1], 1)).toThrow('confidence');
    expect(() => hodgesLehmann(new Array(1001).fill(1))).toThrow('at most 1000');
  });

  test('200 values work', () => {
    const result = hodgesLehmann(Array.from({ length: 200 }, (_, i) => i));
    expect(result.estimate).toBe(99.5);
    expect(result.confidence).toBeGreaterThanOrEqual(0.95);
    expect(result.confidence).toBeLessThan(0.9502);
  });
});

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), {
  minLength: 6,
  maxLength: 40,
});
const near = (a: number | null, b: number | null, size: number) =>
  expect(Math.abs((a as number) - (b as number))).toBeLessThanOrEqual(1e-9 * (size + 1));

describe('properties', () => {
  test('lo <= estimate <= hi, inside the range of the values', () => {
    fc.assert(
      fc.property(values, (sample) => {
        const { estimate, lo, hi } = hodgesLehmann(sample);
        expect(lo).toBeLessThanOrEqual(estimate as number);
        expect(hi).toBeGreaterThanOrEqual(estimate as number);
        expect(lo).toBeGreaterThanOrEqual(Math.min(...sample));
        expect(hi).toBeLessThanOrEqual(Math.max(...sample));
      }),
      SEEDED,
    );
  });

  test('the order of the values does not matter', () => {
    fc.assert(
      fc.property(values, fc.nat(), (sample, seed) => {
        const shuffled = new Random(String(seed)).shuffle(sample);
        expect(hodgesLehmann(shuffled)).toEqual(hodgesLehmann(sample));
      }),
      SEEDED,
    );
  });

  test('shifting and mirroring the values shifts and mirrors the result', () => {
    fc.assert(
      fc.property(values, fc.double({ min: -1e3, max: 1e3, noNaN: true }), (sample, shift) => {
        const plain = hodgesLehmann(sample);
        const moved = hodgesLehmann(sample.map((x) => shift - x));
        near(moved.estimate, shift - (plain.estimate as number), 1e6);
        near(moved.lo, shift - (plain.hi as number), 1e6);
        near(moved.hi, shift - (plain.lo as number), 1e6);
      }),
      SEEDED,
    );
  });

  test('there are n(n+1)/2 Walsh averages, sorted, the values among them', () => {
    fc.assert(
      fc.property(values, (sample) => {
        const averages = walshAverages(sample);
        expect(averages).toHaveLength((sample.length * (sample.length + 1)) / 2);
        expect([...averages]).toEqual([...averages].sort((a, b) => a - b));
        expect(Math.min(...sample)).toBe(averages[0]);
      }),
      SEEDED,
    );
  });
});

/** How often the interval holds the true centre 0, in 2000 seeded samples of differences. */
function coverage(n: number, draw: (random: Random) => number): number {
  const random = new Random(`coverage-${n}`);
  let covered = 0;
  for (let i = 0; i < 2000; i++) {
    const { lo, hi } = hodgesLehmann(Array.from({ length: n }, () => draw(random)));
    if ((lo as number) <= 0 && (hi as number) >= 0) covered++;
  }
  return covered / 2000;
}

describe('coverage', () => {
  const normal = (random: Random) => random.normal();
  const exponential = (random: Random) => -Math.log(1 - random.uniform());
  // Trials are skewed, their difference is symmetric: what a pair of one block looks like.
  const skewedPair = (random: Random) => exponential(random) - exponential(random);
  const coarse = (random: Random) => Math.round(2 * random.normal());

  test.each([
    ['normal', 6, normal],
    ['normal', 10, normal],
    ['differences of skewed trials', 10, skewedPair],
    ['differences of skewed trials', 20, skewedPair],
    ['whole numbers, full of ties and zeros', 10, coarse],
  ])('%s, n = %i: at least 94 %% of 2000 intervals hold the centre', (_, n, draw) => {
    expect(coverage(n, draw)).toBeGreaterThanOrEqual(0.94);
  });

  test('it is not all talk: a centre 2 standard deviations away is excluded', () => {
    expect(coverage(10, (random) => 2 + random.normal())).toBeLessThan(0.02);
  });
});

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
const SEEDED_TEST = { seed: 20260302, numRuns: 300 };

test('p <= 1 - confidence exactly where the interval leaves 0 out, ties and zeros included', () => {
  fc.assert(
    fc.property(samples, (values) => {
      const { lo, hi, confidence } = hodgesLehmann(values);
      const { twoSided } = signedRankTest(values);
      const excluded = (lo as number) > 0 || (hi as number) < 0;
      expect(twoSided <= 1 - (confidence as number) + 1e-12).toBe(excluded);
    }),
    SEEDED_TEST,
  );
});

test('equivalent at 5 % exactly where the 90 % interval lies inside the margin', () => {
  fc.assert(
    fc.property(samples, fc.integer({ min: 1, max: 25 }), (values, margin) => {
      const { lo, hi } = hodgesLehmann(values, 0.9);
      const inside = (lo as number) > -margin && (hi as number) < margin;
      expect(equivalenceTest(values, margin) <= 0.05).toBe(inside);
    }),
    SEEDED_TEST,
  );
});

test('zeros speak for no difference', () => {
  expect(signedRankTest([0, 0, 0, 0, 0, 0]).twoSided).toBe(1);
  expect(signedRankTest([1, 1, 1, 1, 1, 1]).twoSided).toBe(2 / 64);
});
