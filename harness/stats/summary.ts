/**
 * A run -> its tidy rows: one value row per subject, condition and metric, one ratio row per
 * subject other than the reference (an A/A twin like any other), condition and metric. Pure, and
 * the only maker of summary rows.
 *
 * Which trials count
 * - A block with a void trial is left out whole, for every subject: something other than a server
 *   went wrong while it ran.
 * - A failed or missing trial costs its own subject that block; the others keep theirs. A pair
 *   needs both trials ok.
 * - Only `errors` also counts failed trials: in good ones it would always be 0. It has no ratio.
 * - All ok trials or none: a metric that some of them lack (too few samples for a quantile, say)
 *   has no median, and no ratio when some pairs lack it. Those that have it are the ones that went
 *   well: a p99 of theirs would be chosen by its outcome, and could lie below the p90 of all.
 * - Trials under instruments give no figure of time. They give the system calls of servers that do
 *   not count their own, without ratios, and what the processor counts, with ratios among
 *   themselves.
 *
 * Lower bounds: a value row is a lower bound when any of its trials is, because a median of values
 * of which some are too low is at or below the true one; hi then bounds what was measured, not what
 * the server could do. Two bounds cannot be compared, so throughput ratios with a bounded trial on
 * either side are null. Latency ratios are null with them: in a closed loop of N connections the
 * mean latency is N / throughput (Little's law), so that would be the inverse of the refused ratio.
 */
import { METRICS, type MetricName } from '../results/metrics.js';
import { takersOf } from '../results/place.js';
import {
  metricName,
  type RunHeader,
  type SummaryRow,
  type Trial,
  type ValueRow,
} from '../results/schema.js';
import { type Cell, ConditionTable, metricOf, partly } from './condition-table.js';
import { kindOf, type MetricValue } from './metrics.js';
import { medianInterval } from './order-statistics.js';
import { ratioRows } from './ratio-rows.js';

/** Rows in the order of the plan's conditions, then the header's subjects, then the metrics. */
export function summarise(header: RunHeader, trials: readonly Trial[]): SummaryRow[] {
  return header.plan.conditions.flatMap((condition) => {
    const table = new ConditionTable(header, condition, trials);
    const takers = takersOf(header.plan, condition);
    const subjects = header.subjects.filter(({ id }) => takers.includes(id));
    return subjects.flatMap(({ id }) => [
      ...metricName.options.map((metric) => valueRow(table, id, metric)),
      ...ratioRows(table, id),
    ]);
  });
}

function valueRow(table: ConditionTable, subject: string, metric: MetricName): ValueRow {
  const cells = cellsFor(table, subject, metric);
  const values = cells.flatMap(({ metrics }) => metrics.get(metric) ?? []);
  const numbers = values.flatMap(({ value }) => (value === null ? [] : [value]));
  const partial = metric === 'errors' ? [] : partly(numbers.length, values.length, 'trials');
  const centre = medianInterval(partial.length > 0 ? [] : numbers);
  const why = [
    ...partial.map((text) => `no median: ${text}`),
    ...(cells.length === 0 ? [noTrial(table, subject)] : reasons(values)),
    ...(centre.n > 0 && centre.why !== undefined ? [centre.why] : []),
  ].join('; ');
  return {
    kind: 'value',
    ...table.key(subject, metric),
    ...kindOf(metric),
    median: centre.estimate,
    lo: centre.lo,
    hi: centre.hi,
    n: numbers.length,
    source: [...new Set(values.map(({ source }) => source))].join('; ') || 'no trial',
    ...(values.some(({ bound }) => bound === 'lower') ? { bound: 'lower' as const } : {}),
    ...(why === '' ? {} : { why }),
  };
}

/** By how much the kernel may count more system calls than the server itself. */
const OWN_COUNT_TOLERANCE = 0.02;

/** Of a trial under instruments, which has both counts. */
function confirmsOwnCount({ trial: { server } }: Cell): boolean {
  const [own, traced] = [server.syscalls?.value ?? null, server.traced_syscalls?.value ?? null];
  if (own === null || traced === null) return false;
  // Where the kernel counts fewer, its window was a little shorter: no server counts a call twice.
  return traced <= own * (1 + OWN_COUNT_TOLERANCE);
}

/**
 * System calls that no plain trial counted are taken from the trials under instruments; so are all
 * of them where the server's own count misses some, such as those that its C library makes for each
 * thread.
 */
function cellsFor(table: ConditionTable, subject: string, metric: MetricName): Cell[] {
  const plain = table.blocks.flatMap((block) => {
    const cell = metric === 'errors' ? table.cell(subject, block) : table.okCell(subject, block);
    return cell ? [cell] : [];
  });
  const isInstrumented = METRICS[metric].isInstrumented === true;
  if (metric !== 'syscalls_per_request' && !isInstrumented) return plain;
  const traced = table.countedCells(subject, metric);
  if (traced.length === 0) return plain;
  if (isInstrumented) return traced;
  return plain.some((cell) => metricOf(cell, metric) !== null) && traced.every(confirmsOwnCount)
    ? plain
    : traced;
}

/** Each distinct reason once, with its number of trials unless that is all of them. */
function reasons(values: readonly MetricValue[]): string[] {
  const counts = new Map<string, number>();
  for (const { why } of values) if (why !== undefined) counts.set(why, (counts.get(why) ?? 0) + 1);
  return [...counts].map(([why, count]) =>
    count === values.length ? why : `in ${count} of ${values.length} trials: ${why}`,
  );
}

function noTrial(table: ConditionTable, subject: string): string {
  const failed = table.blocks.filter((block) => table.cell(subject, block)).length;
  const parts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(table.voidBlocks > 0 ? [`${table.voidBlocks} in void blocks`] : []),
  ];
  return parts.length === 0 ? 'no trial ran' : `no trial is ok: ${parts.join(', ')}`;
}
