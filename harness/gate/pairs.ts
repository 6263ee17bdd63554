/**
 * The paired slowdowns of a batch: for every good block ln(candidate / base), the other way round
 * for metrics of which more is better, so that larger is worse. Which blocks count, and what is
 * refused, is as for every ratio of iomodels (stats/summary.ts).
 */
import type { Sides } from '../plan/gate-plan.js';
import { isCost, METRICS } from '../results/metrics.js';
import type { MetricName, RunHeader, Trial } from '../results/schema.js';
import { type Cell, ConditionTable } from '../stats/condition-table.js';
import { medianInterval } from '../stats/order-statistics.js';
import { slicedLog } from '../stats/slice-pairs.js';
import type { TimingMetric } from './config.js';

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
    const { conditions, order } = header.plan;
    const planned = new Set(order[conditions.indexOf(condition)]?.flat());
    return sides
      .filter(({ base, candidate }) => planned.has(base) && planned.has(candidate))
      .flatMap((side) => metrics.map((metric) => slowdowns(table, side, metric)));
  });
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
  const logOf = ({ base, candidate }: CellPair) => {
    const whole = () =>
      Math.log((figureOf(candidate, metric) ?? 0) / (figureOf(base, metric) ?? 0));
    return sign * (slicedLog(candidate.trial, [base.trial], metric) ?? whole());
  };
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

/**
 * Refuses a value that some pairs lack: those that have it are the ones that went well. Also
 * refuses two lower bounds, and latencies with them: in a closed loop these are the inverse of
 * throughput.
 */
function refusal(pairs: readonly CellPair[], metric: TimingMetric): string | null {
  if (pairs.length === 0) return null;
  const dependsOnClient = metric !== 'cpu_us_per_request';
  const isBounded = ({ metrics }: Cell) => metrics.get('requests_per_s')?.bound === 'lower';
  const bounded = pairs.filter(({ base, candidate }) => isBounded(base) || isBounded(candidate));
  if (dependsOnClient && bounded.length > 0) {
    return `the client was the limit in ${bounded.length} of ${pairs.length} pairs`;
  }
  const lacking = pairs
    .map(({ base, candidate }) => [base, candidate])
    .filter((cells) => cells.some((cell) => (figureOf(cell, metric) ?? 0) <= 0));
  if (lacking.length === 0) return null;
  const reasons = lacking.flat().flatMap(({ metrics }) => metrics.get(metric)?.why ?? []);
  const why = reasons.length === 0 ? '' : `: ${[...new Set(reasons)].join('; ')}`;
  return `no value in ${lacking.length} of ${pairs.length} pairs${why}`;
}

function figureOf(cell: Cell, metric: MetricName): number | null {
  return cell.metrics.get(metric)?.value ?? null;
}

function medianOf(values: readonly (number | null)[]): number | null {
  return medianInterval(values.filter((value) => value !== null)).estimate;
}
