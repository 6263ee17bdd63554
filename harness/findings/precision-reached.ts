/** What a run that stops when precise says of it at its end, by condition. Pure. */

import { placeOf } from '../results/place.js';
import { type Condition, placeKey, type RunHeader, type SummaryRow } from '../results/schema.js';
import { CARRIER } from '../stats/decision.js';
import { halfWidth } from '../stats/precision.js';
import { connectionsText } from './answer-caveats.js';
import { list, percent } from './format.js';

interface Reached {
  readonly condition: Condition;
  /** Half-width asked for; 0.03 is 3 %. */
  readonly target: number;
  /** The widest of the carried ratios; null where one has no interval, or there is none. */
  readonly halfWidth: number | null;
  readonly reached: boolean;
}

/** In the order of the plan; empty for a plan that names no precision. */
export function precisionReached(
  { plan }: RunHeader,
  summary: readonly SummaryRow[],
): readonly Reached[] {
  if (plan.precision === undefined) return [];
  const { target } = plan.precision;
  return plan.conditions.map((condition) => {
    const key = placeKey(placeOf(condition));
    const widths = summary.flatMap((row) =>
      row.kind === 'ratio' && row.metric === CARRIER && placeKey(row) === key
        ? [row.lo === null || row.hi === null ? null : halfWidth(row.lo, row.hi)]
        : [],
    );
    const known = widths.flatMap((width) => (width === null ? [] : [width]));
    const isKnown = known.length > 0 && known.length === widths.length;
    const widest = isKnown ? Math.max(...known) : null;
    return { condition, target, halfWidth: widest, reached: widest !== null && widest <= target };
  });
}

/** `Precision of 3 %: reached at 1 connection; not at 512 connections (4.2 %).`; empty: not asked. */
export function precisionText(all: readonly Reached[]): string {
  const [first] = all;
  if (first === undefined) return '';
  const conditions = all.map(({ condition }) => condition);
  const place = ({ condition }: Reached) => connectionsText(conditions, condition);
  const yes = all.filter(({ reached }) => reached).map(place);
  const no = all
    .filter(({ reached }) => !reached)
    .map((one) => {
      const width = one.halfWidth === null ? 'no interval' : percent(one.halfWidth);
      return `${place(one)}: ${width}`;
    });
  const parts = [
    ...(yes.length === 0 ? [] : [`reached at ${list(yes)}`]),
    ...(no.length === 0 ? [] : [`not reached at ${no.join(', ')}`]),
  ];
  return `Precision of ${percent(first.target)}, CPU ratios to a side: ${parts.join('; ')}.`;
}
