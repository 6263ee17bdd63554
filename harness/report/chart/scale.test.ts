import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connectionsScale, ratioScale, scaleFor, spread } from './scale.js';

const positive = fc.double({ min: 1e-6, max: 1e9, noNaN: true });

describe('scaleFor', () => {
  test('a log axis shows every value, has ticks inside it, and its two directions agree', () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1, maxLength: 20 }), (values) => {
        const scale = scaleFor(values, 'log');
        for (const value of values) {
          const unit = scale.toUnit(value);
          expect(unit).toBeGreaterThanOrEqual(0);
          expect(unit).toBeLessThanOrEqual(1);
          expect(scale.fromUnit(unit) / value).toBeCloseTo(1, 6);
        }
        const [lo, hi] = scale.domain;
        expect(scale.ticks.length).toBeGreaterThanOrEqual(2);
        expect(scale.ticks.every((tick) => tick >= lo && tick <= hi)).toBe(true);
        expect(hi / lo).toBeGreaterThanOrEqual(2 * (1 - 1e-9));
      }),
    );
  });

  test('a zero makes the axis start at zero', () => {
    const scale = scaleFor([0, 3], 'log');
    expect([scale.type, scale.domain[0], scale.ticks[0]]).toEqual(['linear', 0, 0]);
  });

  test('a difference below zero is on the axis, and so is zero', () => {
    const scale = scaleFor([-1500, 9000], 'log');
    expect(scale.type).toBe('linear');
    for (const value of [-1500, 9000, ...scale.ticks]) {
      expect(scale.toUnit(value)).toBeGreaterThanOrEqual(0);
      expect(scale.toUnit(value)).toBeLessThanOrEqual(1);
      expect(scale.fromUnit(scale.toUnit(value))).toBeCloseTo(value, 6);
    }
    expect(scale.ticks).toContain(0);
  });

  test('a linear axis of positive values always starts at zero', () => {
    expect(scaleFor([90, 100], 'linear').domain[0]).toBe(0);
  });

  test('no values, or only zeros, still give an axis', () => {
    expect(scaleFor([], 'log').domain).toEqual([0, 1]);
    expect(scaleFor([0, 0], 'linear').domain).toEqual([0, 1]);
  });

  test('ticks are even where the axis is short', () => {
    expect(scaleFor([131e3, 239e3], 'log').ticks).toEqual([
      125e3, 150e3, 175e3, 200e3, 225e3, 250e3,
    ]);
  });
});

test('one number of connections has room on both sides', () => {
  const scale = connectionsScale([64]);
  expect(scale.toUnit(64)).toBeCloseTo(0.5);
  expect(scale.ticks).toEqual([64]);
});

test('ratios: 1 is in the middle, twice and half equally far from it', () => {
  for (const ratios of [[], [1.01], [1.59, 0.8], [0.05], [40]]) {
    const scale = ratioScale(ratios);
    expect(scale.toUnit(1)).toBeCloseTo(0.5);
    expect(scale.toUnit(2) + scale.toUnit(0.5)).toBeCloseTo(1);
    expect(scale.ticks).toContain(1);
    for (const ratio of ratios) expect(Math.abs(scale.toUnit(ratio) - 0.5)).toBeLessThan(0.5);
  }
});

describe('spread', () => {
  test('labels keep their order and their distance, and stay on the axis', () => {
    const wishes = fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { maxLength: 12 });
    fc.assert(
      fc.property(wishes, (wanted) => {
        const places = spread(wanted, 15, 200);
        const sorted = [...places].sort((a, b) => a - b);
        for (const [i, place] of sorted.entries()) {
          if (i > 0) expect(place - (sorted[i - 1] as number)).toBeGreaterThanOrEqual(15 - 1e-9);
          expect(place).toBeGreaterThanOrEqual(-1e-9);
          expect(place).toBeLessThanOrEqual(200 + 1e-9);
        }
        for (const [i, a] of wanted.entries())
          for (const [j, b] of wanted.entries())
            if (a < b) expect(places[i] as number).toBeLessThan(places[j] as number);
      }),
    );
  });

  test('labels with room stay where they are, crowded ones share the shift', () => {
    expect(spread([10, 100], 15, 200)).toEqual([10, 100]);
    expect(spread([100, 100, 100], 15, 200)).toEqual([85, 100, 115]);
  });
});
