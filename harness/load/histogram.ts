/**
 * Latency histograms of the harness: nanoseconds from 1 to 60 s, three significant digits, the same
 * buckets as the native load generator's. Encoded as HdrHistogram V2 compressed base64.
 */
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type JsHistogram,
} from 'hdr-histogram-js';
import type { Histogram } from '../results/schema.js';

const DIGITS = 3;
const HIGHEST_NS = 60_000_000_000;

/** Collects latencies and summarises them. */
export class LatencyRecorder {
  readonly #histogram = build({
    bitBucketSize: 64,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_NS,
    numberOfSignificantValueDigits: DIGITS,
    useWebAssembly: false,
  });

  /** For the mean: the library's own walks through all buckets there are. */
  #totalNs = 0;

  /** Values outside 1 ns to 60 s count as the nearest end of that range. */
  record(latencyNs: number, count = 1): void {
    const inRange = Math.min(Math.max(Math.round(latencyNs), 1), HIGHEST_NS);
    this.#histogram.recordValueWithCount(inRange, count);
    this.#totalNs += inRange * count;
  }

  /** Adds all values of a summary. */
  add({ v2, count, mean }: Histogram): void {
    if (count === 0) return;
    this.#totalNs += mean * count;
    this.#histogram.add(decodeFromCompressedBase64(v2) as JsHistogram);
  }

  /** With count 0 the other figures are 0 and mean nothing. */
  summary(): Histogram {
    const histogram = this.#histogram;
    const count = histogram.totalCount;
    const at = (percentile: number) => histogram.getValueAtPercentile(percentile);
    return {
      unit: 'ns',
      digits: DIGITS,
      count,
      min: count === 0 ? 0 : histogram.minNonZeroValue,
      max: histogram.maxValue,
      mean: count === 0 ? 0 : this.#totalNs / count,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      v2: encodeIntoCompressedBase64(histogram),
    };
  }
}

/** buckets: value, count, value, count, … with values in nanoseconds. */
export function histogramOf(buckets: Float64Array): Histogram {
  const recorder = new LatencyRecorder();
  for (let i = 0; i + 1 < buckets.length; i += 2) {
    recorder.record(buckets[i] as number, buckets[i + 1] as number);
  }
  return recorder.summary();
}

/** The summary of all values of several. */
export function mergedHistogram(parts: readonly Histogram[]): Histogram {
  const recorder = new LatencyRecorder();
  for (const part of parts) recorder.add(part);
  return recorder.summary();
}
