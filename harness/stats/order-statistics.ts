/**
 * Median with the exact order-statistic interval: the k-th smallest and k-th largest value bound
 * the median with confidence 1 - 2 P(Binomial(n, 1/2) < k), whatever the distribution (David and
 * Nagaraja, Order Statistics, section 7.1). With ties the closed interval has at least that
 * confidence. Nothing is dropped.
 */
import { CONFIDENCE, checkValues, type Interval, tooFew } from './interval.js';
import { quantileSorted } from './quantile.js';
import { cutTails } from './signed-rank.js';

/** P(Binomial(n, 1/2) = i) for i = 0..n. */
export function coinProbabilities(n: number): number[] {
  const p = [0.5 ** n];
  for (let i = 1; i <= n; i++) p.push(((p[i - 1] as number) * (n - i + 1)) / i);
  return p;
}

/** As hodgesLehmann, but about the median and without assuming symmetry; wider for it. */
export function medianInterval(values: readonly number[], confidence = CONFIDENCE): Interval {
  checkValues(values, confidence);
  const n = values.length;
  const none = { lo: null, hi: null, confidence: null, n };
  if (n === 0) return { estimate: null, ...none, why: 'no values' };
  const sorted = Float64Array.from(values).sort();
  const estimate = quantileSorted(sorted, 0.5);
  const cut = cutTails(coinProbabilities(n), confidence);
  if (!cut) return { estimate, ...none, why: tooFew(n, confidence) };
  const lo = sorted[cut.drop - 1] as number;
  const hi = sorted[n - cut.drop] as number;
  return { estimate, lo, hi, confidence: cut.confidence, n };
}
