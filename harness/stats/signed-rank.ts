import { CONFIDENCE, checkValues, type Interval, tooFew } from './interval.js';
import { quantileSorted } from './quantile.js';

/**
 * The null distribution of Wilcoxon's signed-rank statistic T+, exactly, for values without ties.
 *
 * Under the null hypothesis each rank 1..n carries a plus or a minus with probability 1/2, so the
 * probability generating function of T+ is the product over i of (1 + x^i) / 2; its coefficients
 * are built up rank by rank (Hollander, Wolfe, Chicken, Nonparametric Statistical Methods, section
 * 3.1).
 */
const cache = new Map<number, Float64Array>();

/**
 * P(T+ = t) for t = 0 .. n(n+1)/2. All terms are positive, so nothing cancels: relative error about
 * n x 1e-16.
 */
export function signedRankProbabilities(n: number): Float64Array {
  const known = cache.get(n);
  if (known) return known;
  const p = new Float64Array((n * (n + 1)) / 2 + 1);
  p[0] = 1;
  let top = 0;
  for (let rank = 1; rank <= n; rank++) {
    top += rank;
    for (let t = top; t >= 0; t--) {
      p[t] = ((p[t] ?? 0) + (t >= rank ? (p[t - rank] ?? 0) : 0)) / 2;
    }
  }
  cache.set(n, p);
  return p;
}

interface RankCut {
  /** Values to leave out at each end of the sorted list; the interval runs from the next one. */
  readonly drop: number;
  /** Confidence of the two-sided interval that is left. */
  readonly confidence: number;
}

/**
 * The largest `drop` for which 2 P(T < drop) <= 1 - confidence, from P(T = 0), P(T = 1), … of a
 * symmetric statistic. null when even drop = 1 is too much: too few values.
 */
export function cutTails(probabilities: ArrayLike<number>, confidence: number): RankCut | null {
  const allowed = (1 - confidence) / 2;
  let tail = 0;
  let drop = 0;
  for (; drop < probabilities.length; drop++) {
    const next = tail + (probabilities[drop] ?? 0);
    if (next > allowed) break;
    tail = next;
  }
  return drop === 0 ? null : { drop, confidence: 1 - 2 * tail };
}

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
 * Hodges-Lehmann estimate of a sample's centre, with the exact interval that inverts Wilcoxon's
 * signed-rank test.
 *
 * Estimate: the median of the n(n+1)/2 Walsh averages (x_i + x_j) / 2, i <= j, also called the
 * pseudo-median (Hodges and Lehmann, Ann. Math. Statist. 34, 1963). Interval: T+ counts the
 * positive Walsh averages, so the k-th smallest and k-th largest of them bound the centre with
 * confidence 1 - 2 P(T+ < k) (Tukey 1949; Hollander, Wolfe, Chicken 3.3).
 *
 * It assumes that the values are independent and symmetric about their centre. Differences of two
 * trials of one block are symmetric when the two subjects scatter alike, whatever the shape.
 *
 * Ties and zeros: nothing is dropped and nothing is corrected. The interval is closed, both ends
 * belong to it, and the closed interval with the tie-free cut has at least its nominal confidence
 * for discrete data too (Noether, J. Am. Stat. Assoc. 62, 1967). Dropping zeros, as the test does,
 * would throw away the blocks that say "no difference".
 *
 * Estimate and interval are in the unit of `values` (at most 1000, finite). Below 6
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

interface RankTest {
  /** P of a sample as far above the centre, were the centre true; 0..1. */
  readonly greater: number;
  /** As far below it. */
  readonly less: number;
  readonly twoSided: number;
}

/**
 * Exact tests whether the centre of `values` (1 to 1000, finite) is `centre`, as the intervals
 * above invert them: a p-value is at most alpha exactly where the closed interval of confidence
 * 1 - alpha leaves the centre out.
 *
 * T+ is the number of Walsh averages above the centre asked about (Tukey 1949). Averages equal to
 * it count for the null hypothesis, on both sides, so ties and zeros make a p-value larger, never
 * smaller.
 */
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
