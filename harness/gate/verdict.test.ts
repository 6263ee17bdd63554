import { describe, expect, it } from 'vitest';
import type { RowVerdict } from './rows.js';
import { rowOf } from './testing.js';
import { exitCodeOf, overall, tally, warnOnly } from './verdict.js';

const rows = (...verdicts: RowVerdict[]) => verdicts.map((verdict) => rowOf({ verdict }));

describe('the word of a gate', () => {
  it.each([
    ['pass', rows('pass', 'skipped')],
    ['fail', rows('pass', 'fail', 'inconclusive')],
    ['inconclusive', rows('pass', 'inconclusive')],
    ['cannot-measure', rows('skipped')],
    ['cannot-measure', []],
  ])('%s', (verdict, of) => {
    expect(overall(of, ['timing'], [])).toBe(verdict);
  });

  it('fails an accepted loss that is not there', () => {
    expect(overall(rows('pass'), ['timing'], ['accepted without need'])).toBe('fail');
  });

  it('is no pass when a lane that was asked for has nothing', () => {
    expect(overall(rows('pass'), ['counts', 'timing'], [])).toBe('cannot-measure');
  });
});

it.each([
  ['pass', 0, 0],
  ['inconclusive', 0, 2],
  ['fail', 1, 1],
  ['cannot-measure', 3, 3],
] as const)('%s exits with %i, strictly with %i', (verdict, lenient, strict) => {
  expect(exitCodeOf(verdict, false)).toBe(lenient);
  expect(exitCodeOf(verdict, true)).toBe(strict);
});

it('turns what may only warn into inconclusive, with both reasons', () => {
  const mixed = [
    rowOf({ verdict: 'fail', why: 'slower' }),
    rowOf({ lane: 'counts', verdict: 'fail' }),
  ];
  const [timing, counts] = warnOnly(mixed, ['timing'], 'unqualified');
  expect(timing).toMatchObject({
    verdict: 'inconclusive',
    why: 'warning only: slower, but unqualified',
  });
  expect(counts?.verdict).toBe('fail');
});

it('counts the rows of each verdict', () => {
  expect(tally(rows('pass', 'fail', 'pass', 'skipped'))).toBe(
    'of 4 rows 1 fail, 2 pass, 1 skipped',
  );
  expect(tally([])).toBe('no row');
});
