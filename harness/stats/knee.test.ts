import { expect, it } from 'vitest';
import { kneeOf } from './knee.js';

const curve = (...points: [number, number][]) =>
  points.map(([ratePerS, p99Us]) => ({ ratePerS, p99Us }));

it('is where p99 has doubled, between two rates on log scales', () => {
  // From 100 to 400 over a doubling of the rate: 200 lies half way, at 2^0.5.
  const knee = kneeOf(curve([1000, 100], [10_000, 100], [20_000, 400], [30_000, 9000]));
  expect(knee?.kind).toBe('reached');
  expect(knee?.ratePerS).toBeCloseTo(10_000 * Math.SQRT2, 6);
});

it('of an M/M/1 queue is half its capacity', () => {
  // Every quantile of the response time is a multiple of 1 / (1 - load).
  const rates = Array.from({ length: 90 }, (_, i) => 10 * (i + 1));
  const knee = kneeOf(rates.map((ratePerS) => ({ ratePerS, p99Us: 50 / (1 - ratePerS / 1000) })));
  expect(knee?.ratePerS).toBeGreaterThan(495);
  expect(knee?.ratePerS).toBeLessThan(510);
});

it('does not take the wake-ups of low rates for the knee', () => {
  const knee = kneeOf(curve([100, 900], [1000, 150], [2000, 140], [4000, 200]));
  expect(knee).toEqual({ ratePerS: 4000, kind: 'lower' });
});

it('needs two points, in any order', () => {
  expect(kneeOf(curve([100, 50]))).toBeNull();
  expect(kneeOf(curve([2000, 400], [1000, 100]))?.kind).toBe('reached');
});
