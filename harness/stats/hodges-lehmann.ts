/**
 * Hodges-Lehmann estimate of a sample's centre, with the exact interval that inverts Wilcoxon's
 * signed-rank test.
 *
 * Estimate: the median of the n(n+1)/2 Walsh averages (x_i + x_j) / 2, i <= j, also called the
 * pseudo-median (Hodges and Lehmann, Ann. Math. Statist. 34, 1963). Interval: T+ counts the
 * positive Walsh averages, so the k-th smallest and k-th largest of them bound the centre with
 * confidence 1 - 2 P(T+ < k) (Tukey 1949; Hollander, Wolfe, Chicken 3.3).
 *
 * It assumes that the values are independent and symmetric about their centre. Differences of two
 * trials of one block are symmetric when both subjects have the same distribution around their
 * centre, whatever its shape.
 *
 * Ties and zeros: nothing is dropped and nothing is corrected. The interval is closed, both ends
 * belong to it, and the closed interval with the tie-free cut has at least its nominal confidence
 * for discrete data too (Noether, J. Am. Stat. Assoc. 62, 1967). Dropping zeros, as the test does,
 * would throw away the blocks that say "no difference".
 */
import { CONFIDENCE, checkValues, type Interval, tooFew } from './interval.js';
import { quantileSorted } from './quantile.js';
import { cutTails, signedRankProbabilities } from './signed-rank.js';

/** All (x_i + x_j) / 2 with i <= j, ascending. */
export function walshAverages(values: readonly number[]): Float64Array {
  const averages = new Float64Array((values.length * (values.length + 1)) / 2);
  let next = 0;
  values.forEach((a, i) => {
    for (const b of values.slice(i)) averages[next++] = (a + b) / 2;
  });
  return averages.sort();
}

/**
 * Estimate and interval of the centre, in the unit of `values` (at most 1000, finite). Below 6
 * values there is no 95 % interval: lo and hi are null and `why` says so; without values the
 * estimate is null too.
 */
export function hodgesLehmann(values: readonly number[], confidence = CONFIDENCE): Interval {
  checkValues(values, confidence);
  const n = values.length;
  const none = { lo: null, hi: null, confidence: null, n };
  if (n === 0) return { estimate: null, ...none, why: 'no values' };
  const averages = walshAverages(values);
  const estimate = quantileSorted(averages, 0.5);
  const cut = cutTails(signedRankProbabilities(n), confidence);
  if (!cut) return { estimate, ...none, why: tooFew(n, confidence) };
  const lo = averages[cut.drop - 1] as number;
  const hi = averages[averages.length - cut.drop] as number;
  return { estimate, lo, hi, confidence: cut.confidence, n };
}
