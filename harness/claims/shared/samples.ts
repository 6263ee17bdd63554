/**
 * The trials of a run as claims read them: values and paired ratios of two subjects, condition by
 * condition, at the confidence that the claim asks for.
 */
import { count } from '../../findings/format.js';
import { isCost } from '../../results/metrics.js';
import { loadText } from '../../results/place.js';
import { partOf } from '../../results/quality.js';
import type { Condition, MetricName, Results } from '../../results/schema.js';
import { ConditionTable, isBounded, metricOf, partly } from '../../stats/condition-table.js';
import { detectableDifference } from '../../stats/decision.js';
import type { Interval } from '../../stats/interval.js';
import { medianInterval } from '../../stats/order-statistics.js';
import { logRatios, type Pair, pairedRatio } from '../../stats/ratio.js';
import { slicedLog } from '../../stats/slice-pairs.js';

/** Two subjects in one condition. */
export interface Cell {
  readonly condition: Condition;
  readonly metric: MetricName;
  readonly subject: string;
  readonly versus: string;
  /** How many times worse the subject is: above 1 it costs more, waits longer, answers fewer. */
  readonly ratio: Interval;
  /** Smallest relative difference that these pairs could have shown; null when unknown. */
  readonly detectable: number | null;
  /** Where it was measured, if that is not the condition alone. */
  readonly at?: string;
  /** The conditions that it was measured in, if they are several. */
  readonly conditions?: readonly string[];
}

const tables = new WeakMap<Results, Map<string, ConditionTable>>();

/** The condition's trials; the same object each time. */
export function tableOf(results: Results, condition: Condition): ConditionTable {
  const mine = tables.get(results) ?? new Map<string, ConditionTable>();
  tables.set(results, mine);
  const known = mine.get(condition.id);
  if (known) return known;
  const made = new ConditionTable(results.header, condition, results.trials);
  mine.set(condition.id, made);
  return made;
}

/** Conditions of the plain server under a closed load, by connections: they decide. */
export function plainSeries({ header }: Results): Condition[] {
  return header.plan.conditions.filter(isPlain).sort((a, b) => a.connections - b.connections);
}

export function isPlain({ workload, load }: Condition): boolean {
  return workload === 'keepalive' && load.kind === 'closed' && load.pipeline === 1;
}

/** Conditions outside the plain series: other workloads, open loads, pipelines. */
export function otherConditions({ header }: Results): Condition[] {
  return header.plan.conditions.filter((condition) => !isPlain(condition));
}

/** `at 64 connections`, or with the condition's id when it is not of the plain series. */
export function where(condition: Condition): string {
  const at = `at ${count(condition.connections, 'connection')}`;
  return isPlain(condition) ? at : `${at} (${condition.id}, ${loadText(condition)})`;
}

interface CellInput {
  readonly condition: Condition;
  readonly metric: MetricName;
  readonly subject: string;
  readonly versus: string;
  readonly confidence: number;
}

/** Never throws: what cannot be compared has a ratio of null with its why. */
export function cellOf(results: Results, input: CellInput): Cell {
  const { condition, metric, subject, versus, confidence } = input;
  const table = tableOf(results, condition);
  const both = table.pairs(subject, versus);
  const pairs = both.map(({ block, cell, reference }): Pair => {
    const [a, b] = [metricOf(cell, metric), metricOf(reference, metric)];
    const others = table.references(block).map(({ trial }) => trial);
    const log = slicedLog(cell.trial, [reference.trial], metric, others);
    if (isCost(metric)) return { subject: a, reference: b, log };
    return { subject: b, reference: a, log: log === null ? null : -log };
  });
  const bounded = both.filter(({ cell, reference }) => isBounded(cell) || isBounded(reference));
  const refusal = refusalOf(input, pairs, bounded.length);
  const made = refusal === null ? pairedRatio(pairs, confidence) : refused(refusal, pairs.length);
  const ratio = undecided(results, condition, made);
  const isDecided = refusal === null && ratio === made;
  const detectable = isDecided ? detectableDifference(logRatios(pairs)) : null;
  return { condition, metric, subject, versus, ratio, detectable };
}

/** Whether the condition decides nothing. */
export function isInvalid({ quality }: Results, { id }: Condition): boolean {
  return partOf(quality, id).level === 'invalid';
}

/** For an invalid condition only the estimate: it decides nothing. */
function undecided(results: Results, condition: Condition, made: Interval): Interval {
  if (!isInvalid(results, condition)) return made;
  // The reasons are the run's own (results.quality), given once.
  const why = `${condition.id} is invalid`;
  return { ...made, lo: null, hi: null, confidence: null, why };
}

/** The conditions that these were measured in, for Findings.restsOn. */
export function conditionsOf(cells: readonly Cell[]): string[] {
  const ids = cells.flatMap(({ condition, conditions }) => conditions ?? [condition.id]);
  return [...new Set(ids)];
}

function refusalOf(
  { metric, condition }: CellInput,
  pairs: readonly Pair[],
  bounded: number,
): string | null {
  const isPaced = metric === 'requests_per_s' || metric.startsWith('latency_');
  if (metric === 'requests_per_s' && condition.load.kind === 'open') {
    return 'the throughput of an open load is its schedule';
  }
  if (isPaced && bounded > 0) return `lower bounds in ${bounded} of ${pairs.length} pairs`;
  const complete = pairs.filter((pair) => pair.subject !== null && pair.reference !== null);
  return partly(complete.length, pairs.length, 'pairs')[0] ?? null;
}

function refused(why: string, n: number): Interval {
  return { estimate: null, lo: null, hi: null, confidence: null, n, why };
}

/** Median of a subject's values in a condition with its exact 95 % interval. */
export function medianOf(
  results: Results,
  condition: Condition,
  subject: string,
  metric: MetricName,
): Interval {
  const values = allValues(results, condition, subject, metric).map(({ value }) => value);
  return undecided(results, condition, medianInterval(values));
}

interface BlockValue {
  readonly block: number;
  readonly value: number;
}

/** One value per good block; blocks without one are left out, and all of an invalid condition. */
export function valuesOf(
  results: Results,
  condition: Condition,
  subject: string,
  metric: MetricName,
): BlockValue[] {
  if (isInvalid(results, condition)) return [];
  return allValues(results, condition, subject, metric);
}

function allValues(
  results: Results,
  condition: Condition,
  subject: string,
  metric: MetricName,
): BlockValue[] {
  const table = tableOf(results, condition);
  return table.blocks.flatMap((block) => {
    const value = table.okCell(subject, block)?.metrics.get(metric)?.value ?? null;
    return value === null ? [] : [{ block, value }];
  });
}
