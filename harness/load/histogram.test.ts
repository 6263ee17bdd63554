import fc from 'fast-check';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { expect, test } from 'vitest';
import { histogramSchema } from '../results/schema.js';
import { histogramOf, LatencyRecorder, mergedHistogram } from './histogram.js';

test('figures of known values', () => {
  const recorder = new LatencyRecorder();
  for (let us = 1; us <= 1000; us++) recorder.record(us * 1000);
  const summary = histogramSchema.parse(recorder.summary());
  expect(summary.count).toBe(1000);
  expect(summary.p50 / 500_000).toBeCloseTo(1, 2);
  expect(summary.p99 / 990_000).toBeCloseTo(1, 2);
  expect(summary.mean / 500_500).toBeCloseTo(1, 2);
  expect(summary.min).toBe(1000);
  expect(summary.max / 1e6).toBeCloseTo(1, 2);
});

test('empty', () => {
  const summary = histogramSchema.parse(new LatencyRecorder().summary());
  expect(summary).toMatchObject({ count: 0, min: 0, max: 0, mean: 0, p50: 0, p999: 0 });
});

test('values out of range count as the nearest end', () => {
  const recorder = new LatencyRecorder();
  recorder.record(-5);
  recorder.record(0);
  recorder.record(1e12);
  const summary = recorder.summary();
  expect(summary.count).toBe(3);
  expect(summary.min).toBe(1);
  expect(summary.max / 60e9).toBeCloseTo(1, 2);
});

test('every value keeps three digits through encoding and decoding', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60_000_000_000 }), (value) => {
      const { v2, p50 } = histogramOf(Float64Array.of(value, 3));
      const decoded = decodeFromCompressedBase64(v2);
      expect(decoded.totalCount).toBe(3);
      expect(Math.abs(decoded.getValueAtPercentile(50) - value) / value).toBeLessThan(1e-3);
      expect(decoded.getValueAtPercentile(50)).toBe(p50);
    }),
  );
});

test('merged ones are the histogram of all values', () => {
  const values = fc.array(fc.integer({ min: 1, max: 60_000_000_000 }), { maxLength: 5 });
  const of = (list: readonly number[]) =>
    histogramOf(Float64Array.from(list.flatMap((value) => [value, 1])));
  fc.assert(
    fc.property(fc.array(values, { maxLength: 4 }), (parts) => {
      const merged = mergedHistogram(parts.map(of));
      const whole = of(parts.flat());
      expect(merged.count).toBe(whole.count);
      // A bucket's values are as good as each other.
      for (const key of ['min', 'max', 'mean', 'p50', 'p99'] as const) {
        expect(Math.abs(merged[key] - whole[key])).toBeLessThanOrEqual(whole[key] / 1000);
      }
    }),
    { numRuns: 20 },
  );
});
