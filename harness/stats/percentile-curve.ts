/**
 * Latency at every percentile: each trial's own histogram is read at a fixed grid of quantiles, then
 * the median over trials is taken with its order-statistic interval, as for any other figure.
 * Requests are never pooled and percentiles never averaged. Pure.
 */
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import type { Histogram, Trial } from '../results/schema.js';
import type { Interval } from './interval.js';
import { FEWEST_BEYOND_QUANTILE } from './metrics.js';
import { medianInterval } from './order-statistics.js';

export interface PercentilePoint {
  /** 1 / (1 - quantile): 2 is the median, 100 is p99. A log axis of it is HdrHistogram's. */
  readonly tail: number;
  readonly us: Interval;
}

export interface PercentileCurve {
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
  const readers = there.map(readerOf);
  const fewest = Math.min(...readers.map(({ count }) => count));
  const tails = TAILS.filter((tail) => fewest / tail >= FEWEST_BEYOND_QUANTILE);
  const points = tails.map((tail) => ({
    tail,
    us: medianInterval(readers.map(({ at }) => at(tail) / 1000)),
  }));
  return points.length === 0
    ? { points, why: `a trial has fewer than ${FEWEST_BEYOND_QUANTILE} replies` }
    : { points, why: null };
}

interface Reader {
  readonly count: number;
  /** ns */
  at(tail: number): number;
}

function readerOf({ v2 }: Histogram): Reader {
  const histogram = decodeFromCompressedBase64(v2, 64, false);
  return {
    count: histogram.totalCount,
    at: (tail) => histogram.getValueAtPercentile(100 * (1 - 1 / tail)),
  };
}
