/** From the rows to the gate's word and exit status. */
import { z } from 'zod';
import { CANNOT_MEASURE } from './parse.js';
import type { GateRow, Lane } from './rows.js';

export const gateVerdict = z.enum(['pass', 'fail', 'inconclusive', 'cannot-measure']);
export type GateVerdict = z.infer<typeof gateVerdict>;

/**
 * fail: a row failed, or an accepted loss is not there. inconclusive: none failed and some could
 * not be decided. cannot-measure: no row could be compared, or a lane that was asked for has none.
 */
export function overall(
  rows: readonly GateRow[],
  lanes: readonly Lane[],
  unused: readonly string[],
): GateVerdict {
  const worst = worstOf(rows);
  if (worst === 'fail' || unused.length > 0) return 'fail';
  const decided = rows.filter(({ verdict }) => verdict !== 'skipped');
  const empty = lanes.filter((lane) => !decided.some((row) => row.lane === lane));
  return empty.length > 0 ? 'cannot-measure' : worst;
}

/** The verdict of all rows together; skipped ones do not count. */
export function worstOf(rows: readonly GateRow[]): 'fail' | 'inconclusive' | 'pass' {
  const isThere = (wanted: GateRow['verdict']) => rows.some(({ verdict }) => verdict === wanted);
  if (isThere('fail')) return 'fail';
  return isThere('inconclusive') ? 'inconclusive' : 'pass';
}

const EXIT_CODES: Readonly<Record<GateVerdict, number>> = {
  pass: 0,
  fail: 1,
  inconclusive: 0,
  'cannot-measure': CANNOT_MEASURE,
};

/** 0 pass, and inconclusive unless `strict`; 1 fail; 2 inconclusive; 3 cannot measure. */
export function exitCodeOf(verdict: GateVerdict, strict: boolean): number {
  return strict && verdict === 'inconclusive' ? 2 : EXIT_CODES[verdict];
}

/** Rows of a lane that may only warn: a row that would fail is inconclusive, and says why. */
export function warnOnly(
  rows: readonly GateRow[],
  lanes: readonly Lane[],
  reason: string,
): GateRow[] {
  return rows.map((row) => {
    if (row.verdict !== 'fail' || !lanes.includes(row.lane)) return row;
    return { ...row, verdict: 'inconclusive', why: `warning only: ${row.why}, but ${reason}` };
  });
}

/** How many rows of each verdict, in words: `21 rows pass, 2 inconclusive, 1 skipped`. */
export function tally(rows: readonly GateRow[]): string {
  const order = ['fail', 'pass', 'inconclusive', 'skipped'] as const;
  const parts = order.flatMap((verdict) => {
    const n = rows.filter((row) => row.verdict === verdict).length;
    return n === 0 ? [] : [`${n} ${verdict}`];
  });
  return parts.length === 0 ? 'no row' : `of ${rows.length} rows ${parts.join(', ')}`;
}
