/** Every claim supported, refuted, left open and not measurable, on made-up runs. */
import { describe, expect, test } from 'vitest';
import { VERDICTS } from '../results/judged.js';
import { CLAIMS } from './index.js';
import { CASES } from './testing-cases.js';

const decided = CLAIMS.filter(({ part }) => part !== 'reading');

test('every claim that is decided has a case for each verdict that it can have', () => {
  expect(Object.keys(CASES)).toEqual(decided.map(({ id }) => id));
  const lacking = decided.flatMap(({ id, part }) =>
    VERDICTS.filter((verdict) => CASES[id]?.[verdict] === undefined).map((v) => `${part} ${v}`),
  );
  expect(new Set(lacking)).toEqual(new Set(['mechanism inconclusive']));
});

describe.each(decided)('$id', (claim) => {
  const cases = CASES[claim.id] ?? {};
  test.each(VERDICTS.filter((verdict) => cases[verdict] !== undefined))('%s', (verdict) => {
    const results = cases[verdict]?.() ?? expect.fail('no case');
    const decision = claim.decide(results);
    expect(decision).toMatchObject({ verdict });
    expect(decision.sentence).toMatch(/^[A-Za-z].*\.$/);
    expect(decision.sentence).not.toMatch(/undefined|null|NaN|Infinity/);
    expect(decision.because === null).toBe(verdict === 'supported' || verdict === 'refuted');
    expect(decision.command !== null).toBe(decision.because === 'left-open');
    for (const { label, value, lo, hi, unit } of decision.numbers) {
      expect(Number.isFinite(value), label).toBe(true);
      expect(unit, label).not.toBe('');
      if (lo !== null) expect(lo, label).toBeLessThanOrEqual(value);
      if (hi !== null) expect(hi, label).toBeGreaterThanOrEqual(value);
    }
    if (verdict !== 'not-measurable') {
      expect(decision.numbers).not.toEqual([]);
      expect(decision.basedOn).not.toEqual([]);
      expect(decision.sentence).toMatch(/\d/);
    }
    if (verdict === 'inconclusive' && decision.because === 'unresolved') {
      expect(decision.sentence).toMatch(/could have shown|cannot be seen|are needed/);
    }
    expect(decision.sentence).toMatchSnapshot();
  });
});
