import { expect, test } from 'vitest';
import { given } from '../optional.js';
import type { Calibration } from '../results/schema.js';
import { hiddenSmt, hiddenSmtFact, SMT_SLOWDOWN } from './hidden-smt.js';

function calibrated(value: number | null, why?: string): Calibration {
  const found = { name: SMT_SLOWDOWN, unit: 'ratio', value, source: '6 rounds from 1.50 to 1.60' };
  const values = [{ ...found, ...given({ why }) }];
  return { durationMs: 1, values, selfTests: [] };
}

test.each([
  [1, null],
  [1.19, null],
  [1.2, /^the CPUs of server and client look like two threads of one core.* 1\.20 times slower/],
  [1.62, /6 rounds from 1\.50 to 1\.60/],
])('a slowdown of %d', (value, expected) => {
  const warning = hiddenSmt(calibrated(value));
  if (expected === null) expect(warning).toBeNull();
  else expect(warning?.text).toMatch(expected);
});

test('what was not found is no warning', () => {
  expect(hiddenSmt(null)).toBeNull();
  expect(hiddenSmt({ durationMs: 1, values: [], selfTests: [] })).toBeNull();
  expect(hiddenSmt(calibrated(null, 'noisy'))).toBeNull();
});

test('as a fact of the environment', () => {
  expect(hiddenSmtFact(null)).toBeNull();
  expect(hiddenSmtFact(calibrated(null, 'the rounds disagree'))).toBe(
    'unknown: the rounds disagree',
  );
  const slower = 'times slower together, 6 rounds from 1.50 to 1.60';
  expect(hiddenSmtFact(calibrated(1.01))).toBe(`none seen: 1.01 ${slower}`);
  expect(hiddenSmtFact(calibrated(1.55))).toBe(`siblings: 1.55 ${slower}`);
});
