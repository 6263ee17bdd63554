import { describe, expect, it } from 'vitest';
import { bracketOf, nextRate, roundRate } from './sweep-search.js';

/** Searches a server that holds up to `border` requests/s. */
function search(capacityPerS: number, border: number, bound: 'known' | 'lower' = 'known') {
  const steps: { ratePerS: number; holds: boolean }[] = [];
  for (let rate = nextRate(capacityPerS, steps, bound); rate !== null; ) {
    expect(steps.length).toBeLessThan(20);
    steps.push({ ratePerS: rate, holds: rate <= border });
    rate = nextRate(capacityPerS, steps, bound);
  }
  return { steps, ...bracketOf(steps) };
}

describe('nextRate', () => {
  it.each([79, 81, 92, 50, 33, 12, 2.5, 110])('brackets a border at %s percent', (percent) => {
    const border = (percent / 100) * 52_300;
    const { held, failed } = search(52_300, border);
    expect(held).toBeLessThanOrEqual(border);
    expect(failed).toBeGreaterThan(border);
    expect((failed ?? 0) / (held ?? 1)).toBeLessThanOrEqual(1.03 ** 2);
  });

  it('takes few steps near capacity, and never goes far above it', () => {
    const { steps } = search(50_000, 45_000);
    expect(steps.map(({ ratePerS }) => ratePerS)).toEqual([40_000, 46_000, 42_900, 44_400]);
    expect(Math.max(...steps.map(({ ratePerS }) => ratePerS))).toBeLessThanOrEqual(60_000);
  });

  it('goes on above a capacity that is a lower bound', () => {
    const { held, failed, steps } = search(50_000, 100_000, 'lower');
    expect(held).toBeLessThanOrEqual(100_000);
    expect(failed).toBeGreaterThan(100_000);
    expect((failed ?? 0) / (held ?? 1)).toBeLessThanOrEqual(1.03 ** 2);
    expect(steps.length).toBeLessThanOrEqual(12);
    expect(search(50_000, Number.POSITIVE_INFINITY, 'lower').held).toBe(125_000);
  });

  it('gives up above 120 % of capacity with a lower bound, and where nothing holds', () => {
    expect(search(50_000, Number.POSITIVE_INFINITY)).toMatchObject({ held: 60_000, failed: null });
    const none = search(50_000, 0);
    expect(none.held).toBeNull();
    expect(none.steps.at(-1)?.ratePerS).toBeGreaterThanOrEqual(50_000 / 128);
    expect(none.steps.length).toBeLessThanOrEqual(8);
  });
});

it('a rate that held above one that did not does not count', () => {
  const steps = [
    { ratePerS: 300, holds: true },
    { ratePerS: 200, holds: false },
    { ratePerS: 100, holds: true },
  ];
  expect(bracketOf(steps)).toEqual({ held: 100, failed: 200 });
  expect(bracketOf([])).toEqual({ held: null, failed: null });
});

it('rates have three digits', () => {
  expect([roundRate(23_456), roundRate(0.2), roundRate(99_960)]).toEqual([23_500, 1, 100_000]);
});
