import { expect, test } from 'vitest';
import { ENVIRONMENT, THRESHOLDS, withoutVoid } from './thresholds.js';

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
