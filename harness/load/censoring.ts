/**
 * Bounds of a percentile when some requests were not answered yet (censored): no latency histogram
 * has them, and leaving them out would favour the server that lets them wait.
 *
 * Percentiles by nearest rank: the value at rank ceil(0.99 n) of n. Every censored request has a
 * latency of at least its age; with ages in their place the percentile is at its lowest, with
 * infinity at its highest.
 */
import type { Censored } from './client.js';

/** value, count, value, count, …, values ascending, as the addon gives them. */
type Buckets = Float64Array;

const P99 = 0.99;
/** The uncertainty of p99 from which it is reported: far less than it differs between windows. */
const SLACK = 0.02;

/** answered, censored: response times, and ages of requests without a reply, ns. */
export function censoring(answered: Buckets, censored: Buckets): Censored {
  const count = countOf(censored);
  const oldestNs = censored.length === 0 ? null : (censored[censored.length - 2] as number);
  const total = countOf(answered) + count;
  if (total === 0) return { count, oldestNs, responseP99Ns: null, movesP99: false };
  const rank = Math.ceil(P99 * total);
  const lo = valueAt(pairsOf(answered, censored), rank) as number;
  const hi = valueAt(pairsOf(answered), rank) ?? null;
  const movesP99 = hi === null || hi > lo * (1 + SLACK);
  return { count, oldestNs, responseP99Ns: { lo, hi }, movesP99 };
}

function countOf(buckets: Buckets): number {
  let count = 0;
  for (let i = 1; i < buckets.length; i += 2) count += buckets[i] as number;
  return count;
}

type Pair = readonly [value: number, count: number];

function pairsOf(...all: Buckets[]): Pair[] {
  const pairs = all.flatMap((buckets) =>
    Array.from({ length: buckets.length / 2 }, (_, i): Pair => {
      return [buckets[2 * i] as number, buckets[2 * i + 1] as number];
    }),
  );
  return pairs.sort(([a], [b]) => a - b);
}

/** The value at a rank, from 1; undefined beyond the last. */
function valueAt(pairs: readonly Pair[], rank: number): number | undefined {
  let seen = 0;
  return pairs.find(([, count]) => {
    seen += count;
    return seen >= rank;
  })?.[0];
}
