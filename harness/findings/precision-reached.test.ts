import { expect, test } from 'vitest';
import type { SummaryRow } from '../results/schema.js';
import { makeRun } from '../results/testing.js';
import { summarise } from '../stats/summary.js';
import { precisionReached, precisionText } from './precision-reached.js';

const precision = { target: 0.04, looks: [6] };
const { header, trials } = makeRun({ connections: [1, 64], plan: { precision } });
const summary = summarise(header, trials);

/** The CPU ratio of one subject at 64 connections with another interval. */
function withInterval(lo: number | null, hi: number | null): SummaryRow[] {
  return summary.map((row) =>
    row.kind === 'ratio' &&
    row.connections === 64 &&
    row.metric === 'cpu_us_per_request' &&
    row.subject === 'go-net-twin'
      ? { ...row, lo, hi }
      : row,
  );
}

test('the widest ratio of a condition says whether it is precise', () => {
  const [one, many] = precisionReached(header, withInterval(0.9, 1.1));
  expect(one).toMatchObject({ target: 0.04, reached: true });
  expect(one?.halfWidth).toBeLessThanOrEqual(0.04);
  expect(many?.reached).toBe(false);
  expect(many?.halfWidth).toBeCloseTo(Math.sqrt(1.1 / 0.9) - 1, 12);
});

test('a ratio without an interval is not precise, nor is a condition without ratios', () => {
  const [, many] = precisionReached(header, withInterval(null, null));
  expect(many).toMatchObject({ halfWidth: null, reached: false });
  expect(precisionReached(header, [])[0]).toMatchObject({ halfWidth: null, reached: false });
});

test('in words', () => {
  const text = (rows: SummaryRow[]) => precisionText(precisionReached(header, rows));
  expect(text(summary)).toBe(
    'Precision of 4 %, CPU ratios to a side: reached at 1 connection and 64 connections.',
  );
  expect(text(withInterval(0.9, 1.1))).toBe(
    'Precision of 4 %, CPU ratios to a side: reached at 1 connection; ' +
      'not reached at 64 connections: 11 %.',
  );
  expect(text([])).toContain('not reached at 1 connection: no interval, 64 connections: no');
});

test('nothing of a plan that names no precision', () => {
  const plain = makeRun({ connections: [1] });
  expect(precisionReached(plain.header, summarise(plain.header, plain.trials))).toEqual([]);
  expect(precisionText([])).toBe('');
});
