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
