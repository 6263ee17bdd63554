import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Slowdowns } from './pairs.js';
import { about, CONFIG, slowdownOf } from './testing.js';
import { type Batch, confirm, judgeFirst, type Level, suspects } from './timing.js';

const { timing } = CONFIG;
const batch = (
  slowdowns: readonly Slowdowns[],
  quality: Level = 'clean',
  blur: number | null = quality === 'clean' ? 0 : null,
): Batch => ({
  ...{ levelOf: () => quality, blurOf: () => blur },
  slowdowns,
});

/** The way of a gate run: a second batch only where the first suspects something. */
function decide(first: Batch, second: Batch) {
  const rows = judgeFirst(first, timing);
  const suspected = suspects(rows, timing, first);
  return suspected.length === 0 ? rows : confirm(rows, suspected, second);
}
const only = (first: Batch, second: Batch = first) => {
  const [row] = decide(first, second);
  if (row === undefined) throw new Error('no row');
  return row;
};

describe('the verdict of a timing row', () => {
  it('passes no change, with bounds about it', () => {
    const row = only(batch([slowdownOf(about(0, 0.04))]));
    expect(row).toMatchObject({ verdict: 'pass', n: 10, allowed: 0.05 });
    expect(row.lo).toBeLessThan(0);
    expect(row.hi).toBeGreaterThan(0);
    expect(row.hi).toBeLessThan(0.05);
  });

  it('passes an improvement', () => {
    expect(only(batch([slowdownOf(about(-0.3, 0.04))])).verdict).toBe('pass');
  });

  it('fails a slowdown beyond the margin in both batches', () => {
    const row = only(batch([slowdownOf(about(0.1, 0.04))]));
    expect(row).toMatchObject({ verdict: 'fail', why: 'beyond the margin in both batches' });
    expect(row.confirmation).toMatchObject({ holds: true, n: 10, quality: 'clean' });
  });

  it('does not fail when the second batch does not agree', () => {
    const row = only(batch([slowdownOf(about(0.1, 0.04))]), batch([slowdownOf(about(0.03, 0.04))]));
    expect(row.verdict).toBe('inconclusive');
    expect(row.why).toContain('not in the second');
    expect(row.confirmation?.holds).toBe(false);
  });

  it('does not fail when the second batch is noisy or lacks the row', () => {
    const first = batch([slowdownOf(about(0.1, 0.04))]);
    expect(only(first, batch([slowdownOf(about(0.1, 0.04))], 'noisy')).verdict).toBe(
      'inconclusive',
    );
    expect(only(first, batch([])).verdict).toBe('inconclusive');
  });

  it('fails a noisy condition only beyond what a server there differs from itself', () => {
    const slower = (change: number) => batch([slowdownOf(about(change, 0.04))], 'noisy', 0.2);
    expect(only(slower(0.2)).verdict).toBe('inconclusive');
    expect(only(slower(0.4))).toMatchObject({ verdict: 'fail', allowed: 0.05 });
    const unsure = only(slower(0.4), slower(0.2));
    expect(unsure).toMatchObject({ verdict: 'inconclusive' });
    expect(unsure.why).toContain('not in the second, which was noisy');
  });

  it('is inconclusive at the margin, and says what it would have seen', () => {
    const row = only(batch([slowdownOf(about(0.05, 0.06))]));
    expect(row.verdict).toBe('inconclusive');
    expect(row.detectable).toBeGreaterThan(0.05);
  });

  it('adjusts p for the metrics that are tested together', () => {
    const slow = slowdownOf(about(0.1, 0.04));
    const almost = slowdownOf([0.02, ...about(0.1, 0.04, 9)]);
    const others = (['requests_per_s', 'latency_us_p99'] as const).map((metric) =>
      slowdownOf(about(0, 0.04), { metric }),
    );
    expect(decide(batch([slow, ...others]), batch([slow]))[0]?.verdict).toBe('fail');
    // Alone it is significant; among three it is not.
    const p = judgeFirst(batch([almost]), timing)[0]?.p ?? 1;
    const adjusted = judgeFirst(batch([almost, ...others]), timing)[0]?.p ?? 0;
    expect(adjusted).toBeCloseTo(3 * p, 12);
  });

  it('skips what cannot be compared, and is inconclusive about what was not measured', () => {
    const refused = slowdownOf([], { refused: 'the client was the limit in 10 of 10 pairs' });
    expect(only(batch([refused]))).toMatchObject({ verdict: 'skipped' });
    expect(only(batch([slowdownOf([])])).verdict).toBe('inconclusive');
  });
});

const changes = fc.array(fc.double({ min: -0.5, max: 2, noNaN: true }), {
  minLength: 10,
  maxLength: 14,
});

it.each(['noisy', 'invalid'] as const)(
  'never fails a %s run without a measure of its noise',
  (quality) => {
    fc.assert(
      fc.property(changes, (values) => {
        const first = batch([slowdownOf(values)], quality);
        const { verdict } = only(first);
        expect(verdict).not.toBe('fail');
        if (quality === 'invalid') expect(verdict).toBe('inconclusive');
      }),
      { seed: 20261126, numRuns: 200 },
    );
  },
);

it('never fails and passes the same values, and a fail has its bound beyond the margin', () => {
  fc.assert(
    fc.property(changes, changes, (first, second) => {
      const row = only(batch([slowdownOf(first)]), batch([slowdownOf(second)]));
      if (row.verdict === 'fail') {
        expect(row.lo).toBeGreaterThan(row.allowed);
        expect(row.confirmation?.change).toBeGreaterThan(row.allowed);
      }
      if (row.verdict === 'pass') expect(row.hi).toBeLessThan(row.allowed);
    }),
    { seed: 20261126, numRuns: 300 },
  );
});

it('gets no kinder when every pair gets slower', () => {
  const rank = { pass: 0, inconclusive: 1, fail: 2, skipped: 3 } as const;
  fc.assert(
    fc.property(changes, fc.double({ min: 0, max: 1, noNaN: true }), (values, more) => {
      const slower = values.map((value) => (1 + value) * (1 + more) - 1);
      const before = only(batch([slowdownOf(values)])).verdict;
      const after = only(batch([slowdownOf(slower)])).verdict;
      expect(rank[after]).toBeGreaterThanOrEqual(rank[before]);
    }),
    { seed: 20261126, numRuns: 200 },
  );
});
