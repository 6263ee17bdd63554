/**
 * Paired ratios to the reference: one row per subject on a log axis centred on 1, the ratio of each
 * block behind it.
 */

import { count, ratioInterval, ratio as ratioText, seenFrom } from '../../findings/format.js';
import type { Gap, RatioCell, SubjectView } from '../model.js';
import { type DotRow, dotsSpec } from './dots.js';
import { ratioScale, type Scale } from './scale.js';
import type { ChartSpec } from './svg.js';

export interface RatioEntry {
  readonly subject: SubjectView;
  readonly cell: RatioCell | Gap;
  /** The ratio of each block. */
  readonly blocks: readonly number[];
}

interface RatioInput {
  readonly entries: readonly RatioEntry[];
  readonly x: Scale;
  readonly axisTitle: string;
}

/** The common axis of several panels. */
export function ratioAxis(entries: readonly RatioEntry[]): Scale {
  return ratioScale(
    entries.flatMap(({ cell, blocks }) =>
      cell.kind === 'gap'
        ? []
        : [
            cell.ratio,
            ...blocks,
            ...(cell.interval === null ? [] : [cell.interval.lo, cell.interval.hi]),
          ],
    ),
  );
}

/** `1.32 [1.28 – 1.37]`. */
function reading(cell: RatioCell | Gap): string {
  if (cell.kind === 'gap') return 'no ratio';
  const value = ratioText(cell.ratio, 'page');
  return cell.interval === null
    ? `${value}, no interval`
    : `${value} [${ratioInterval(cell.interval, 'page')}]`;
}

function rowOf({ subject, cell, blocks }: RatioEntry): DotRow {
  const drawn = cell.kind === 'ratio';
  const pairs = drawn ? `n = ${count(cell.n, 'pair', 'page')}` : '';
  return {
    name: subject.role === 'twin' ? `${subject.id} (A/A)` : subject.id,
    reading: reading(cell),
    identity: subject.identity,
    value: drawn ? cell.ratio : null,
    interval: drawn ? cell.interval : null,
    single: drawn ? blocks : [],
    tip: [reading(cell), pairs, drawn ? detectableText(cell) : ''],
  };
}

/** `smallest difference it could have seen: 3.1 %`; empty when the interval excludes 1. */
function detectableText({ interval, mde }: RatioCell): string {
  const covers = interval !== null && interval.lo <= 1 && interval.hi >= 1;
  if (!covers || mde === null) return '';
  return `smallest difference it could have seen: ${seenFrom(mde)}`;
}

/** The specification of one panel; null when no subject has a ratio. */
export function ratioSpec({ entries, x, axisTitle }: RatioInput): ChartSpec | null {
  return dotsSpec({
    rows: entries.map(rowOf),
    x: { title: axisTitle, scale: x, labelExpr: "format(datum.value, '~r')" },
    lines: [{ x: 1, strong: true }],
  });
}
