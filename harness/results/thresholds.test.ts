import { expect, test } from 'vitest';
import { ENVIRONMENT, forSlices, THRESHOLDS, withoutVoid } from './thresholds.js';

test('a value is warned of before it voids', () => {
  for (const [name, { warn, void: voids }] of Object.entries(THRESHOLDS)) {
    if (warn !== null && voids !== null) expect(warn, name).toBeLessThanOrEqual(voids);
  }
});

test('everything that the environment did can void', () => {
  const never = Object.entries(ENVIRONMENT).filter(([, limits]) => limits.void === null);
  expect(never).toEqual([]);
});

test('without limits that void, the others are the same', () => {
  const kept = withoutVoid(THRESHOLDS);
  expect(Object.keys(kept)).toEqual(Object.keys(THRESHOLDS));
  for (const [name, limits] of Object.entries(kept)) {
    expect(limits).toEqual({ ...THRESHOLDS[name], void: null });
  }
});

test('for slices, what is seen outside of a block only warns, and half a CPU lost voids it', () => {
  const changed = Object.entries(forSlices(THRESHOLDS)).flatMap(([name, limits]) =>
    JSON.stringify(limits) === JSON.stringify(THRESHOLDS[name]) ? [] : [[name, limits.void]],
  );
  expect(Object.fromEntries(changed)).toEqual({
    steal_percent: 40,
    foreign_cpu_percent: 60,
    sentinel_lost_percent: null,
    sentinel_gap_us: null,
    clock_drift_percent: null,
  });
  expect(forSlices(withoutVoid(THRESHOLDS))).toEqual(withoutVoid(THRESHOLDS));
});
