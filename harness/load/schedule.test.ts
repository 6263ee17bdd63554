import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addon, type NativeOpenLoad } from './addon.js';

const scheduleOf = (load: NativeOpenLoad) => addon().openSchedule(load);

/** Loads of 50 to 20,000 arrivals. */
const loads = fc
  .record({
    arrivals: fc.constantFrom('poisson' as const, 'fixed' as const),
    seed: fc.string(),
    count: fc.double({ min: 50, max: 20_000, noNaN: true }),
    durationMs: fc.integer({ min: 100, max: 60_000 }),
  })
  .map(({ arrivals, seed, count, durationMs }) => {
    return { arrivals, seed, durationMs, ratePerS: (count / durationMs) * 1000 };
  });

describe('the schedule of an open load', () => {
  test('is ascending and inside its duration', () => {
    fc.assert(
      fc.property(loads, (load) => {
        const schedule = scheduleOf(load);
        expect(schedule.every((due, i) => due >= (schedule[i - 1] ?? 0))).toBe(true);
        expect(schedule.at(-1) ?? 0).toBeLessThan(load.durationMs * 1e6);
      }),
    );
  });

  test('is the same for the same seed', () => {
    fc.assert(
      fc.property(loads, (load) => {
        expect(scheduleOf(load)).toEqual(scheduleOf(load));
      }),
    );
  });

  test('poisson: another seed draws other arrivals', () => {
    const load = { arrivals: 'poisson', ratePerS: 1000, durationMs: 1000 } as const;
    expect(scheduleOf({ ...load, seed: 'a' })).not.toEqual(scheduleOf({ ...load, seed: 'b' }));
  });

  test('fixed: the i-th arrival is at i / rate', () => {
    fc.assert(
      fc.property(loads, (load) => {
        const schedule = scheduleOf({ ...load, arrivals: 'fixed' });
        const gapNs = 1e9 / load.ratePerS;
        expect(schedule.every((due, i) => Math.abs(due - i * gapNs) <= 0.5)).toBe(true);
        expect(Math.abs(schedule.length - (load.durationMs * 1e6) / gapNs)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('poisson: mean and variance of the gaps are those of exponential ones', () => {
    // Fixed seeds: the draws, and so the outcome, are always the same.
    for (const seed of ['1', '2', '3', 'keepalive-c64', '']) {
      const schedule = scheduleOf({
        arrivals: 'poisson',
        ratePerS: 10_000,
        durationMs: 10_000,
        seed,
      });
      const count = 100_000;
      expect(Math.abs(schedule.length - count)).toBeLessThan(5 * Math.sqrt(count));
      const gaps = Array.from(schedule, (due, i) => (due - (schedule[i - 1] ?? 0)) / 100_000);
      const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
      expect(Math.abs(mean - 1)).toBeLessThan(5 / Math.sqrt(count));
      const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
      // The variance of a sample variance of exponentials is 8 / n.
      expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(8 / count));
      const short = gaps.filter((gap) => gap < Math.LN2).length;
      expect(Math.abs(short / gaps.length - 0.5)).toBeLessThan((5 * 0.5) / Math.sqrt(count));
    }
  });

  test.each([
    [0, 1000, /rate above 0/],
    [-1, 1000, /rate above 0/],
    [Number.POSITIVE_INFINITY, 1000, /rate above 0/],
    [Number.NaN, 1000, /rate above 0/],
    [1000, 0, /duration above 0/],
    [1e9, 60_000, /too large/],
  ])('%d requests/s for %d ms: refused in words', (ratePerS, durationMs, words) => {
    const load = { arrivals: 'poisson', seed: '', ratePerS, durationMs } as const;
    expect(() => scheduleOf(load)).toThrow(words);
  });
});
