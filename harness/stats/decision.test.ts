import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METRIC_NAMES, METRICS } from '../results/metrics.js';
import type { MetricName } from '../results/schema.js';
import { Random } from '../results/testing-models.js';
import {
  decide,
  detectableDifference,
  detectableLog,
  holm,
  isPrimary,
  type Tested,
} from './decision.js';
import fixture from './fixtures/tests.json' with { type: 'json' };
import { signedRankTest } from './signed-rank.js';

const PRIMARY_METRICS = METRIC_NAMES.filter(isPrimary);

function tested(metric: MetricName, centre: number, n = 10): Tested {
  const logs = Array.from({ length: n }, (_, i) => centre + 0.002 * (i - (n - 1) / 2));
  return { metric, better: METRICS[metric].better, logs };
}

/** Scattered around 0 by far more than the margin. */
function wild(metric: MetricName): Tested {
  const logs = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? 1 : -1) * (0.1 + 0.05 * i));
  return { metric, better: METRICS[metric].better, logs };
}

describe('decide', () => {
  test('better and worse follow the direction of the metric', () => {
    const found = decide([
      tested('requests_per_s', 0.2),
      tested('cpu_us_per_request', 0.2),
      tested('latency_us_p99', -0.2),
    ]);
    expect([...found]).toEqual([
      ['requests_per_s', 'better'],
      ['cpu_us_per_request', 'worse'],
      ['latency_us_p99', 'better'],
    ]);
  });

  test('equivalent only when the whole interval lies within 10 %, else undecided', () => {
    const found = decide([tested('cpu_us_per_request', 0), wild('latency_us_p99')]);
    expect(found.get('cpu_us_per_request')).toBe('equivalent');
    expect(found.get('latency_us_p99')).toBe('undecided');
  });

  test('a certain small difference is a difference', () => {
    const found = decide([tested('cpu_us_per_request', 0.02)]);
    expect(found.get('cpu_us_per_request')).toBe('worse');
  });

  test('what is not primary or has no pairs is not decided', () => {
    const found = decide([
      tested('latency_us_p50', 0.5),
      { metric: 'syscalls_per_request', better: 'lower', logs: [] },
    ]);
    expect([...found.values()]).toEqual([null, null]);
  });

  test('the inverse of CPU per request has its decision and no test of its own', () => {
    const found = decide([
      tested('cpu_us_per_request', 0.3, 6),
      tested('requests_per_cpu_s', -0.3, 6),
    ]);
    expect([...found.values()]).toEqual(['worse', 'worse']);
  });

  test('more metrics need more pairs: six of six are enough for one, not for all', () => {
    const one = decide([tested('cpu_us_per_request', 0.3, 6)]);
    expect(one.get('cpu_us_per_request')).toBe('worse');
    const all = decide(PRIMARY_METRICS.map((metric) => tested(metric, 0.3, 6)));
    expect([...all.values()].every((decision) => decision === 'undecided')).toBe(true);
  });
});

test('where nothing differs, at most 5 % of the families see a difference', () => {
  const random = new Random('no difference');
  const families = 600;
  let wrong = 0;
  for (let family = 0; family < families; family++) {
    const noise = () => Array.from({ length: 10 }, () => 0.05 * random.normal());
    const found = decide(
      PRIMARY_METRICS.map((metric) => ({ metric, better: METRICS[metric].better, logs: noise() })),
    );
    if ([...found.values()].some((one) => one === 'better' || one === 'worse')) wrong++;
  }
  // 5 % is an upper bound of the true rate; the seed is fixed.
  expect(wrong / families).toBeLessThan(0.06);
  expect(wrong).toBeGreaterThan(0);
});

test.each(fixture.holm)("agrees with R's p.adjust: $p", ({ p, adjusted }) => {
  holm(p).forEach((value, i) => {
    expect(value).toBeCloseTo(adjusted[i] as number, 12);
  });
  expect(holm(p)).toHaveLength(p.length);
});

test('never below the p-value itself, never above Bonferroni, and in the same order', () => {
  const families = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
  fc.assert(
    fc.property(families, (p) => {
      const adjusted = holm(p);
      p.forEach((own, i) => {
        const value = adjusted[i] as number;
        expect(value).toBeGreaterThanOrEqual(own);
        expect(value).toBeLessThanOrEqual(Math.min(1, own * p.length));
        p.forEach((other, j) => {
          if (own < other) expect(value).toBeLessThanOrEqual(adjusted[j] as number);
        });
      });
    }),
    { seed: 20260302, numRuns: 200 },
  );
});

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
