/**
 * Theil-Sen slope: the median of the slopes between all pairs of points (Sen, J. Am. Stat. Assoc.
 * 63, 1968). Up to 29 % of the points may be outliers without moving it far.
 */
import { median } from './quantile.js';

/** Slope per step through values at 0, 1, 2, …; at least two, finite. */
export function theilSenSlope(values: readonly number[]): number {
  const slopes = values.flatMap((a, i) =>
    values.slice(i + 1).map((b, distance) => (b - a) / (distance + 1)),
  );
  return median(slopes);
}

/**
 * Change of a level along that slope, from the middle of the first third of the values to the
 * middle of the last, as a share of their median; 0.1 is 10 % more. null where the median is 0.
 */
export function relativeDrift(values: readonly number[]): number | null {
  const level = median(values);
  if (level === 0) return null;
  return (theilSenSlope(values) * ((values.length * 2) / 3)) / level;
}
