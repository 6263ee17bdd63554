import { describe, expect, test } from 'vitest';
import fixture from './fixtures/slopes.json' with { type: 'json' };
import {
  type BlockPoint,
  blockSlope,
  FEWEST_BLOCKS_TO_RESAMPLE,
  relativeDrift,
  slopeOf,
} from './slope.js';

describe('slopeOf', () => {
  test.each(fixture.slopes)("agrees with scipy's theilslopes: $slope", ({ x, y, slope }) => {
    expect(slopeOf(x.map((each, i) => ({ x: each, y: y[i] as number })))).toBeCloseTo(slope, 9);
  });

  test('has none where nothing differs in x', () => {
    expect(slopeOf([])).toBeNull();
    const same = [1, 2, 3].map((y) => ({ x: 4, y }));
    expect(slopeOf(same)).toBeNull();
  });
});

function pointsOf({ x, y }: { x: number[][]; y: number[][] }): BlockPoint[] {
  return x.flatMap((row, series) =>
    row.map((each, block) => ({
      x: each,
      y: y[series]?.[block] as number,
      series: `series ${series}`,
      block,
    })),
  );
}

describe('blockSlope', () => {
  test.each(fixture.bootstraps)("agrees with scipy's bootstrap: $slope", (one) => {
    const slope = blockSlope(pointsOf(one));
    expect(slope.estimate).toBeCloseTo(one.slope, 9);
    // Both resample at random: their ends differ by a few hundredths of the width.
    const tolerance = 0.12 * (one.hi - one.lo);
    expect(Math.abs((slope.lo ?? Number.NaN) - one.lo)).toBeLessThan(tolerance);
    expect(Math.abs((slope.hi ?? Number.NaN) - one.hi)).toBeLessThan(tolerance);
  });

  const line = (blocks: number) =>
    [0, 1, 2].flatMap((x) =>
      Array.from({ length: blocks }, (_, block) => ({
        x,
        y: 4 + 2 * x + 0.1 * block,
        series: `${x}`,
        block,
      })),
    );

  test('what all points of a block have in common does not widen it', () => {
    const slope = blockSlope(line(12));
    expect(slope.estimate).toBeCloseTo(2, 9);
    expect(slope.lo).toBeCloseTo(2, 9);
    expect(slope.hi).toBeCloseTo(2, 9);
    expect(slope).toMatchObject({ confidence: 0.95, n: 12 });
  });

  test('is the same for the same seed', () => {
    const points = pointsOf(fixture.bootstraps[0] as (typeof fixture.bootstraps)[number]);
    expect(blockSlope(points, { seed: 5 })).toEqual(blockSlope(points, { seed: 5 }));
    expect(blockSlope(points, { seed: 5 })).not.toEqual(blockSlope(points, { seed: 6 }));
  });

  test('gives no interval from few blocks and no slope from one series', () => {
    const few = blockSlope(line(FEWEST_BLOCKS_TO_RESAMPLE - 1));
    expect(few.estimate).toBeCloseTo(2, 9);
    expect(few).toMatchObject({ lo: null, hi: null });
    expect(few.why).toBe('no interval from 9 blocks: 10 are needed to resample');
    const alone = blockSlope(line(12).filter(({ x }) => x === 1));
    expect(alone).toMatchObject({ estimate: null, why: 'no two series differ' });
  });
});

const slopeOfValues = (values: readonly number[]) => slopeOf(values.map((y, x) => ({ x, y })));

test('on a line the slope is its own, whatever two of ten points do', () => {
  const line = Array.from({ length: 10 }, (_, i) => 100 + 3 * i);
  expect(slopeOfValues(line)).toBe(3);
  expect(slopeOfValues(line.with(2, 9000).with(7, 0))).toBeCloseTo(3, 0);
  expect(slopeOfValues(line.toReversed())).toBe(-3);
});

// scipy 1.17.1: theilslopes([3, 1, 4, 1, 5, 9, 2, 6]).slope
test('the slope is the median of all pairs', () => {
  expect(slopeOfValues([3, 1, 4, 1, 5, 9, 2, 6])).toBeCloseTo(0.4642857142857143, 9);
});

test('drift: from first third to last third, relative to the level', () => {
  expect(relativeDrift(Array.from({ length: 10 }, () => 500))).toBe(0);
  const rising = Array.from({ length: 10 }, (_, i) => 955 + 10 * i);
  expect(relativeDrift(rising)).toBeCloseTo(0.06667, 4);
  expect(relativeDrift([0, 0, 0])).toBeNull();
});
