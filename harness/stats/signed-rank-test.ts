/**
 * Exact tests on the centre of a sample, as the intervals of hodges-lehmann.ts invert them: a
 * p-value is at most alpha exactly where the closed interval of confidence 1 - alpha leaves the
 * centre out.
 *
 * T+ is the number of Walsh averages above the centre asked about (Tukey 1949). Averages equal to
 * it count for the null hypothesis, on both sides, so ties and zeros make a p-value larger, never
 * smaller.
 */

import { walshAverages } from './hodges-lehmann.js';
import { checkValues } from './interval.js';
import { signedRankProbabilities } from './signed-rank.js';

interface RankTest {
  /** P of a sample at least this far above the centre, if the centre is true; 0..1. */
  readonly greater: number;
  /** The same for below. */
  readonly less: number;
  readonly twoSided: number;
}

/** Tests whether the centre of `values` (1 to 1000, finite) is `centre`. */
export function signedRankTest(values: readonly number[], centre = 0): RankTest {
  checkValues(values, 0.5);
  const averages = walshAverages(values);
  const above = averages.filter((average) => average > centre).length;
  const below = averages.filter((average) => average < centre).length;
  const probabilities = signedRankProbabilities(values.length);
  const greater = upperTail(probabilities, above);
  const less = upperTail(probabilities, below);
  return { greater, less, twoSided: Math.min(1, 2 * Math.min(greater, less)) };
}

/**
 * p-value of "the centre is not within margin of 0", by two one-sided tests (Schuirmann, J.
 * Pharmacokinet. Biopharm. 15, 1987): the larger of the two. At most 0.05 exactly where the 90 %
 * interval lies inside -margin..margin. margin: in the unit of the values, above 0.
 */
export function equivalenceTest(values: readonly number[], margin: number): number {
  const fromBelow = signedRankTest(values, -margin).greater;
  const fromAbove = signedRankTest(values, margin).less;
  return Math.max(fromBelow, fromAbove);
}

/** P(T >= from); T is symmetric, so this is P(T <= top - from), summed from the small end. */
function upperTail(probabilities: Float64Array, from: number): number {
  const count = probabilities.length - from;
  return Math.min(
    1,
    probabilities.subarray(0, count).reduce((sum, p) => sum + p, 0),
  );
}
