/**
 * The ratio of two lives from slices that were next to each other in time, so that a disturbed
 * moment weighs no more than any other. Pure.
 *
 * A life is compared with one or several others, the reference and its twin: in each round, the
 * logarithm of its figure less the mean of theirs in the same leg. Of a block that is the median
 * over the rounds. Of p99, whose stalls need not visit every slice, it is the mean without a tenth
 * at each end.
 */
import type { MetricName, Slice, Trial } from '../results/schema.js';
import { median } from './quantile.js';

/** Replies that a slice must have for a p99 of its own: ten lie beyond it. */
const FEWEST_REPLIES_FOR_P99 = 1000;
/** Share of the slices that a trimmed mean leaves out at each end. */
const TRIMMED = 0.1;

type Figure = (slice: Slice) => number | null;

/** What a slice says by itself; the other metrics are those of the whole life. */
const FIGURES: Partial<Record<MetricName, Figure>> = {
  cpu_us_per_request: ({ cpuUs, requests }) => per(cpuUs, requests),
  requests_per_cpu_s: ({ cpuUs, requests }) => per(requests, cpuUs === null ? null : cpuUs / 1e6),
  client_cpu_us_per_request: ({ clientCpuUs = null, completed }) => per(clientCpuUs, completed),
  requests_per_wait: ({ waits = null, requests }) => per(requests, waits),
  requests_per_s: ({ completed, windowNs }) => per(completed, windowNs / 1e9),
  latency_us_p99: ({ p99Ns = null, completed }) =>
    p99Ns !== null && completed >= FEWEST_REPLIES_FOR_P99 ? p99Ns / 1000 : null,
};

function per(amount: number | null, divisor: number | null): number | null {
  return amount === null || divisor === null || divisor <= 0 ? null : amount / divisor;
}

/**
 * ln(life / mean of the others) by slices; null where there are too few, where one has no value or
 * none above 0, or where the metric is one of whole lives. Two lives in different legs are compared
 * through the references, which are in both.
 */
export function slicedLog(
  life: Trial,
  others: readonly Trial[],
  metric: MetricName,
  references: readonly Trial[] = [],
): number | null {
  const direct = logAgainst(life, others, metric);
  const [other] = others;
  if (direct !== null || others.length !== 1 || other === undefined) return direct;
  const mine = logAgainst(life, references, metric);
  const theirs = logAgainst(other, references, metric);
  return mine === null || theirs === null ? null : mine - theirs;
}

function logAgainst(life: Trial, others: readonly Trial[], metric: MetricName): number | null {
  const figure = FIGURES[metric];
  const { slices = [] } = life;
  if (figure === undefined || slices.length < 2 || others.length === 0) return null;
  const logsOf = others.map((other) => logsByPlace(other.slices ?? [], figure));
  const logs = slices.map((slice, at) => {
    const own = logOf(figure(slice));
    const theirs = logsOf.map((one) => one.get(placeOf(slice, at)) ?? null);
    if (own === null || theirs.some((log) => log === null)) return null;
    return own - meanOf(theirs as number[]);
  });
  if (logs.some((log) => log === null)) return null;
  return metric === 'latency_us_p99' ? trimmedMean(logs as number[]) : median(logs as number[]);
}

function logsByPlace(slices: readonly Slice[], figure: Figure): Map<string, number | null> {
  return new Map(slices.map((slice, at) => [placeOf(slice, at), logOf(figure(slice))]));
}

/** Files of before slices had a place have one leg, and a slice a round. */
function placeOf({ round, leg = 0 }: Slice, at: number): string {
  return `${round ?? at} ${leg}`;
}

function logOf(value: number | null): number | null {
  return value !== null && value > 0 ? Math.log(value) : null;
}

function trimmedMean(values: readonly number[]): number {
  const off = Math.floor(values.length * TRIMMED);
  return meanOf(values.toSorted((a, b) => a - b).slice(off, values.length - off));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
