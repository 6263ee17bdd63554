/**
 * Latency at every percentile: each trial's own histogram is read at a fixed grid of quantiles,
 * then the median over trials is taken with its order-statistic interval, as for any other figure.
 * Requests are never pooled and percentiles never averaged. Pure.
 */
import { decodeFromCompressedBase64, type JsHistogram } from 'hdr-histogram-js';
import type { Histogram, Trial } from '../results/schema.js';
import type { Interval } from './interval.js';
import { FEWEST_BEYOND_QUANTILE } from './metrics.js';
import { medianInterval } from './order-statistics.js';

export interface PercentilePoint {
  /** 1 / (1 - quantile): 2 is the median, 100 is p99. A log axis of it is HdrHistogram's. */
  readonly tail: number;
  readonly us: Interval;
}

interface PercentileCurve {
  /** Ascending; empty with a why where there is nothing to read. */
  readonly points: readonly PercentilePoint[];
  readonly why: string | null;
}

/** service: from the write of a request. response: from the instant it was due (open load). */
export type LatencyKind = 'service' | 'response';

const MANTISSAS = [1, 1.5, 2, 3, 5, 7];
const DECADES = 6;
const TAILS = Array.from({ length: DECADES }, (_, decade) =>
  MANTISSAS.map((mantissa) => mantissa * 10 ** decade),
).flat();

/** Of trials that count. The curve ends where a trial has fewer than 10 samples beyond. */
export function percentileCurve(trials: readonly Trial[], kind: LatencyKind): PercentileCurve {
  const found = trials.map(({ latency }) => latency?.[kind] ?? null);
  const there = found.flatMap((histogram) => histogram ?? []);
  if (there.length === 0) return { points: [], why: `no trial has ${kind} times` };
  if (there.length < found.length) {
    const missing = found.length - there.length;
    return { points: [], why: `${missing} of ${found.length} trials have no ${kind} times` };
  }
  const fewest = Math.min(...there.map(({ count }) => count));
  const tails = TAILS.filter((tail) => fewest / tail >= FEWEST_BEYOND_QUANTILE);
  const values = there.map((histogram) => valuesAt(histogram, tails));
  const points = tails.map((tail, i) => ({
    tail,
    us: medianInterval(values.map((of) => (of[i] as number) / 1000)),
  }));
  return points.length === 0
    ? { points, why: `a trial has fewer than ${FEWEST_BEYOND_QUANTILE} replies` }
    : { points, why: null };
}

/**
 * ns at each of `tails`, ascending, as getValueAtPercentile gives them, but in one pass over the
 * counts: a run has thousands of histograms.
 */
function valuesAt({ v2 }: Histogram, tails: readonly number[]): number[] {
  const histogram = decodeFromCompressedBase64(v2, 64, false) as JsHistogram;
  const { totalCount, countsArrayLength } = histogram;
  // Less one unit in the last place: 0.99 x 1000 may be a little above 990.
  const wanted = tails.map((tail) =>
    Math.max(1, Math.ceil((1 - 1 / tail) * totalCount * (1 - Number.EPSILON))),
  );
  const values: number[] = [];
  let seen = 0;
  for (let i = 0; i < countsArrayLength && values.length < tails.length; i++) {
    seen += histogram.getCountAtIndex(i);
    while (values.length < tails.length && seen >= (wanted[values.length] as number)) {
      const value = histogram.valueFromIndex(i);
      const isLowest = tails[values.length] === 1;
      values.push(isLowest ? value : histogram.highestEquivalentValue(value));
    }
  }
  return values;
}
