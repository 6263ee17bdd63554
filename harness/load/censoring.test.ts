import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { censoring } from './censoring.js';

const buckets = (...values: number[]) =>
  Float64Array.from([...values].sort((a, b) => a - b).flatMap((value) => [value, 1]));

const samples = fc.array(fc.integer({ min: 1, max: 1e9 }), { maxLength: 300 });

/** Nearest rank. */
const p99 = (values: number[]) =>
  [...values].sort((a, b) => a - b)[Math.ceil(0.99 * values.length) - 1] as number;

describe('censored requests', () => {
  test('none: p99 is that of the answered ones', () => {
    expect(censoring(buckets(1, 2, 3), buckets())).toEqual({
      count: 0,
      oldestNs: null,
      responseP99Ns: { lo: 3, hi: 3 },
      movesP99: false,
    });
  });

  test('no requests at all', () => {
    expect(censoring(buckets(), buckets())).toMatchObject({ count: 0, responseP99Ns: null });
  });

  test('one of a thousand young ones does not reach p99', () => {
    const answered = Float64Array.from([100, 980, 200, 20]);
    const found = censoring(answered, buckets(5));
    expect(found).toEqual({
      count: 1,
      oldestNs: 5,
      responseP99Ns: { lo: 200, hi: 200 },
      movesP99: false,
    });
  });

  test('more than one in a hundred: p99 has no upper bound', () => {
    const answered = Float64Array.from([100, 98]);
    const { responseP99Ns, movesP99 } = censoring(answered, buckets(7, 900));
    expect(responseP99Ns).toEqual({ lo: 100, hi: null });
    expect(movesP99).toBe(true);
  });

  test('the bounds hold whatever the censored ones would have come to', () => {
    fc.assert(
      fc.property(samples, samples, fc.integer({ min: 0, max: 1e9 }), (answered, ages, more) => {
        fc.pre(answered.length + ages.length > 0);
        const { responseP99Ns, count, movesP99 } = censoring(
          buckets(...answered),
          buckets(...ages),
        );
        const truth = p99([...answered, ...ages.map((age) => age + more)]);
        expect(count).toBe(ages.length);
        expect(responseP99Ns?.lo).toBeLessThanOrEqual(truth);
        expect(responseP99Ns?.hi ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(truth);
        if (!movesP99) expect(truth).toBeLessThanOrEqual(1.02 * p99([...answered, ...ages]));
      }),
    );
  });
});
