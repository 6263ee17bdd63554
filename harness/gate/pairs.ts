/**
 * The paired slowdowns of a batch: for every good block ln(candidate / base), the other way round
 * for metrics of which more is better, so that larger is worse. Which blocks count, and what is
 * refused, is as for every ratio of iomodels (stats/summary.ts).
 */

import { isCost, METRICS } from '../results/metrics.js';
import type { Condition, MetricName, RunHeader, Slice, Trial } from '../results/schema.js';
import { type Cell, ConditionTable } from '../stats/condition-table.js';
import { medianInterval } from '../stats/order-statistics.js';
import type { TimingMetric } from './config.js';

/** Subject ids of a variant's two sides in a batch. */
export interface Sides {
  readonly variant: string;
  readonly base: string;
  readonly candidate: string;
}

/** One metric of one variant in one condition. */
export interface Slowdowns {
  readonly variant: string;
  readonly condition: string;
  readonly metric: TimingMetric;
  readonly unit: string;
  /** Medians over the blocks. */
  readonly base: number | null;
  readonly candidate: number | null;
  /** By block, ascending. Empty where `refused` says why. */
  readonly blocks: readonly { readonly block: number; readonly log: number }[];
  /** Why the two are not compared although they were measured; null when they are. */
  readonly refused: string | null;
}

export interface Measured {
  readonly header: RunHeader;
  readonly trials: readonly Trial[];
}

/** Slowdowns of every condition, variant and metric, in that order. */
export function slowdownsOf(
  { header, trials }: Measured,
  sides: readonly Sides[],
  metrics: readonly TimingMetric[],
): Slowdowns[] {
  return header.plan.conditions.flatMap((condition) => {
    const table = new ConditionTable(header, condition, trials);
    const planned = plannedIn(header, condition);
    return sides
      .filter(({ base, candidate }) => planned.has(base) && planned.has(candidate))
      .flatMap((side) => metrics.map((metric) => slowdowns(table, side, metric)));
  });
}

function plannedIn({ plan }: RunHeader, condition: Condition): ReadonlySet<string> {
  return new Set(plan.order[plan.conditions.indexOf(condition)]?.flat());
}

interface CellPair {
  readonly block: number;
  readonly base: Cell;
  readonly candidate: Cell;
}

function slowdowns(table: ConditionTable, side: Sides, metric: TimingMetric): Slowdowns {
  const pairs = table.blocks.flatMap((block): CellPair[] => {
    const base = table.okCell(side.base, block);
    const candidate = table.okCell(side.candidate, block);
    return base && candidate ? [{ block, base, candidate }] : [];
  });
  const refused = refusal(pairs, metric);
  const sign = isCost(metric) ? 1 : -1;
  const logOf = (pair: CellPair) => sign * (slicedLog(pair, metric) ?? wholeLog(pair, metric));
  return {
    variant: side.variant,
    condition: table.condition.id,
    metric,
    unit: METRICS[metric].unit,
    base: medianOf(pairs.map(({ base }) => figureOf(base, metric))),
    candidate: medianOf(pairs.map(({ candidate }) => figureOf(candidate, metric))),
    blocks: refused === null ? pairs.map((pair) => ({ block: pair.block, log: logOf(pair) })) : [],
    refused,
  };
}

function wholeLog({ base, candidate }: CellPair, metric: TimingMetric): number {
  return Math.log((figureOf(candidate, metric) ?? 0) / (figureOf(base, metric) ?? 0));
}

/** Replies that a slice has to have for a p99 of its own: two lie beyond it. */
const FEWEST_REPLIES = 200;
/** Share of the slices that a trimmed mean leaves out at each end. */
const TRIMMED = 0.1;

/**
 * Of interleaved trials: from slices that stood side by side, so that a moment in which the machine
 * did something else weighs as little as any other. The median of CPU time and throughput; of p99,
 * whose stalls need not visit every slice, the mean without a tenth at each end. Null where there
 * are none, or a slice has no value of its own.
 */
function slicedLog({ base, candidate }: CellPair, metric: TimingMetric): number | null {
  const [bases, candidates] = [base.trial.slices, candidate.trial.slices];
  if (bases === undefined || bases.length !== candidates?.length) return null;
  if (metric === 'latency_us_p99' && !(hasTail(bases) && hasTail(candidates))) return null;
  const logs = bases.map((slice, i) => {
    const [first, second] = [figureIn(slice, metric), figureIn(candidates[i] as Slice, metric)];
    return first === null || second === null ? null : Math.log(second / first);
  });
  if (logs.includes(null)) return null;
  return metric === 'latency_us_p99' ? trimmedMean(logs as number[]) : medianOf(logs);
}

/** Whether a slice of them has requests enough for a p99, as a rule. */
function hasTail(slices: readonly Slice[]): boolean {
  return (medianOf(slices.map(({ completed }) => completed)) ?? 0) >= FEWEST_REPLIES;
}

function trimmedMean(values: readonly number[]): number {
  const off = Math.floor(values.length * TRIMMED);
  const kept = values.toSorted((a, b) => a - b).slice(off, values.length - off);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}

/** Null where a slice has no value, or one that is not above 0. */
function figureIn(slice: Slice, metric: TimingMetric): number | null {
  const { windowNs, completed, requests, cpuUs, p99Ns } = slice;
  const value = {
    cpu_us_per_request: cpuUs === null || requests <= 0 ? 0 : cpuUs / requests,
    requests_per_s: (1e9 * completed) / windowNs,
    latency_us_p99: (p99Ns ?? 0) / 1000,
  }[metric];
  return value > 0 ? value : null;
}

/**
 * A value that some pairs lack is refused: those that have it are the ones that went well. So are
 * two lower bounds, and latencies with them: in a closed loop they are throughput upside down.
 */
function refusal(pairs: readonly CellPair[], metric: TimingMetric): string | null {
  if (pairs.length === 0) return null;
  const dependsOnClient = metric !== 'cpu_us_per_request';
  const bounded = pairs.filter(({ base, candidate }) => isBounded(base) || isBounded(candidate));
  if (dependsOnClient && bounded.length > 0) {
    return `the client was the limit in ${bounded.length} of ${pairs.length} pairs`;
  }
  const lacking = pairs.filter((pair) =>
    [pair.base, pair.candidate].some((cell) => (figureOf(cell, metric) ?? 0) <= 0),
  );
  if (lacking.length === 0) return null;
  const why = whyOf(lacking, metric);
  return `no value in ${lacking.length} of ${pairs.length} pairs${why === '' ? '' : `: ${why}`}`;
}

function whyOf(pairs: readonly CellPair[], metric: MetricName): string {
  const reasons = pairs.flatMap(({ base, candidate }) =>
    [base, candidate].flatMap((cell) => cell.metrics.get(metric)?.why ?? []),
  );
  return [...new Set(reasons)].join('; ');
}

function isBounded(cell: Cell): boolean {
  return cell.metrics.get('requests_per_s')?.bound === 'lower';
}

function figureOf(cell: Cell, metric: MetricName): number | null {
  return cell.metrics.get(metric)?.value ?? null;
}

function medianOf(values: readonly (number | null)[]): number | null {
  return medianInterval(values.filter((value) => value !== null)).estimate;
}
