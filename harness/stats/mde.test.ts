import { median } from 'simple-statistics';
import { describe, expect, test } from 'vitest';
import { Random } from '../results/testing-models.js';
import { hodgesLehmann } from './hodges-lehmann.js';
import { detectableDifference } from './mde.js';

const SPREAD = 0.03;

function sample(random: Random, n: number, centre: number): ReturnType<typeof hodgesLehmann> {
  return hodgesLehmann(Array.from({ length: n }, () => centre + SPREAD * random.normal()));
}

function typicalDetectable(n: number): number {
  const random = new Random(`mde-${n}`);
  return median(
    Array.from({ length: 500 }, () => {
      const { lo, hi, confidence } = sample(random, n, 0);
      return detectableDifference(Math.exp(lo ?? 0), Math.exp(hi ?? 0), confidence ?? 0);
    }),
  );
}

describe('detectableDifference', () => {
  test.each([6, 8, 10, 20, 40])(
    'n = %i: a difference of that size is seen about 9 times in 10',
    (n) => {
      const centre = Math.log1p(typicalDetectable(n));
      const random = new Random(`power-${n}`);
      const runs = 1000;
      let seen = 0;
      for (let i = 0; i < runs; i++) if ((sample(random, n, centre).lo ?? 0) > 0) seen++;
      expect(seen / runs).toBeGreaterThan(0.82);
      expect(seen / runs).toBeLessThan(0.97);
    },
  );

  test('for many pairs it is the textbook figure, (1.960 + 1.282) standard errors', () => {
    const n = 100;
    const textbook = ((1.96 + 1.2816) * SPREAD) / Math.sqrt(0.955 * n);
    expect(Math.log1p(typicalDetectable(n)) / textbook).toBeCloseTo(1, 1);
  });

  test('an interval without width could have seen anything', () => {
    expect(detectableDifference(1, 1, 0.96875)).toBe(0);
  });
});
