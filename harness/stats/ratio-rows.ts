/**
 * Paired ratios of one subject in one condition, with their decisions. Which pairs count, and which
 * ratios are refused: see summary.ts.
 */
import { METRICS } from '../results/metrics.js';
import { conditionAt, takersOf } from '../results/place.js';
import {
  type Condition,
  type MetricName,
  metricName,
  type RatioRow,
  type RunHeader,
  type Trial,
} from '../results/schema.js';
import { type Cell, ConditionTable, isBounded, metricOf, partly } from './condition-table.js';
import { CARRIER, decide, detectableDifference, type Tested } from './decision.js';
import { CONFIDENCE, type Interval } from './interval.js';
import { askedBlocks, confidenceFor, looksOf } from './precision.js';
import { logRatios, pairedRatio } from './ratio.js';
import { slicedLog } from './slice-pairs.js';

/** One row per metric but `errors`; none for the reference itself. */
export function ratioRows(table: ConditionTable, subject: string): RatioRow[] {
  const { subjects, plan } = table.header;
  const versus = plan.reference;
  if (subject === versus || !subjects.some(({ id }) => id === versus)) return [];
  const metrics = metricName.options.filter((metric) => metric !== 'errors');
  const confidence = confidenceFor(looksOf(plan, table.condition.id), table.begun);
  const compared = metrics.map((metric) => {
    const pairs = pairsOf(table, subject, metric);
    return comparisonOf({ subject, versus, metric, pairs }, confidence);
  });
  const decisions = decide(
    compared.map((one) => testedOf(one, table)),
    1 - confidence,
  );
  return compared.map((one) => ratioRow(table, one, decisions.get(one.input.metric) ?? null));
}

/** Logarithms of the ratios behind a row; empty when it has no ratio. */
export function pairedLogs(header: RunHeader, trials: readonly Trial[], row: RatioRow): number[] {
  const table = new ConditionTable(header, conditionAt(header.plan, row), trials);
  const { subject, versus, metric } = row;
  const pairs = pairsOf(table, subject, metric);
  const { logs } = comparisonOf({ subject, versus, metric, pairs });
  return [...logs];
}

/** Of every subject of a condition but the reference, by the metric that a run is judged by. */
export function carriedLogs(
  header: RunHeader,
  condition: Condition,
  trials: readonly Trial[],
): number[][] {
  const { reference } = header.plan;
  const takers = takersOf(header.plan, condition);
  if (!takers.includes(reference)) return [];
  const table = new ConditionTable(header, condition, trials);
  const subjects = takers.filter((subject) => subject !== reference);
  return subjects.map((subject) => {
    const pairs = pairsOf(table, subject, CARRIER);
    return [...comparisonOf({ subject, versus: reference, metric: CARRIER, pairs }).logs];
  });
}

/**
 * Pairs of a good block. In slices a subject is compared with the mean of the reference and its
 * twin, which are one program: that scatters less than the reference alone. The twin is compared
 * with the reference.
 */
function pairsOf(table: ConditionTable, subject: string, metric: MetricName): RatioInput['pairs'] {
  const { plan } = table.header;
  if (METRICS[metric].isInstrumented === true) {
    const references = table.countedCells(plan.reference, metric);
    const counted = table.countedCells(subject, metric).flatMap((cell) => {
      const reference = references.find(({ trial }) => trial.block === cell.trial.block);
      return reference === undefined ? [] : [{ cell, reference, others: [reference] }];
    });
    if (counted.length > 0) return counted;
  }
  return table.pairs(subject, plan.reference).map(({ block, ...pair }) => {
    return { ...pair, others: table.references(block).filter((one) => one !== pair.cell) };
  });
}

interface RatioInput {
  readonly subject: string;
  readonly versus: string;
  readonly metric: MetricName;
  readonly pairs: readonly RatioPair[];
}

interface RatioPair {
  readonly cell: Cell;
  readonly reference: Cell;
  /** What slices are compared with: the reference, and its twin where that is another. */
  readonly others: readonly Cell[];
}

interface Compared {
  readonly input: RatioInput;
  readonly result: Interval;
  /** Why there is no ratio; empty when there is one. */
  readonly refusals: readonly string[];
  /** Empty when there is no ratio. */
  readonly logs: readonly number[];
}

function comparisonOf(input: RatioInput, confidence = CONFIDENCE): Compared {
  const { metric } = input;
  const pairs = input.pairs.map(({ cell, reference, others }) => ({
    subject: metricOf(cell, metric),
    reference: metricOf(reference, metric),
    log: slicedLog(
      cell.trial,
      others.map(({ trial }) => trial),
      metric,
    ),
  }));
  const result = pairedRatio(pairs, confidence);
  const refusals = [...boundedPairs(input), ...partly(result.n, pairs.length, 'pairs')];
  return { input, result, refusals, logs: refusals.length > 0 ? [] : logRatios(pairs) };
}

/** The throughput of an open load is its schedule's: nothing to decide. */
function testedOf({ input: { metric }, logs }: Compared, { condition }: ConditionTable): Tested {
  const given = metric === 'requests_per_s' && condition.load.kind === 'open';
  return { metric, better: METRICS[metric].better, logs: given ? [] : logs };
}

function ratioRow(
  table: ConditionTable,
  { input, result, refusals, logs }: Compared,
  decision: RatioRow['decision'],
): RatioRow {
  const refused = refusals.length > 0;
  const why = [
    ...refusals.map((text) => `not compared: ${text}`),
    ...(result.why === undefined || refused ? [] : [result.why]),
    ...missingReasons(input),
    ...lostBlocks(table, input.pairs),
  ].join('; ');
  return {
    kind: 'ratio',
    ...table.key(input.subject, input.metric),
    versus: input.versus,
    better: METRICS[input.metric].better,
    ratio: refused ? null : result.estimate,
    lo: refused ? null : result.lo,
    hi: refused ? null : result.hi,
    confidence: refused ? null : result.confidence,
    n: result.n,
    decision,
    mde: detectableDifference(logs),
    ...(why === '' ? {} : { why }),
  };
}

/** `lower bounds in 2 of 8 pairs`; empty when there are none or they do not matter here. */
function boundedPairs({ metric, pairs }: RatioInput): string[] {
  if (!dependsOnLimit(metric)) return [];
  const bounded = pairs.filter(({ cell, reference }) => isBounded(cell) || isBounded(reference));
  return bounded.length === 0 ? [] : [`lower bounds in ${bounded.length} of ${pairs.length} pairs`];
}

/** `go-net: the server does not count syscalls`, each once, for values that a pair lacks. */
function missingReasons({ metric, pairs, subject, versus }: RatioInput): string[] {
  const found = pairs.flatMap(({ cell, reference }) =>
    [
      { id: subject, value: cell.metrics.get(metric) },
      { id: versus, value: reference.metrics.get(metric) },
    ].flatMap(({ id, value }) => (value?.value === null ? [`${id}: ${value.why}`] : [])),
  );
  return [...new Set(found)];
}

function dependsOnLimit(metric: MetricName): boolean {
  return metric === 'requests_per_s' || metric.startsWith('latency_');
}

function lostBlocks(table: ConditionTable, pairs: RatioInput['pairs']): string[] {
  const planned = askedBlocks(table.header.plan, table.condition.id, table.begun);
  // Blocks under instruments are none of the plan's.
  const isPlanned = !pairs.some(({ cell }) => cell.trial.instrumented);
  if (pairs.length >= planned || !isPlanned) return [];
  const voided = table.voidBlocks > 0 ? ` (${table.voidBlocks} void)` : '';
  return [`${pairs.length} of ${planned} planned blocks have both trials ok${voided}`];
}
