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
 *
 * Lower bounds: a value row is a lower bound when any of its trials is, because the median of
 * values of which some are too low is itself at or below the true one; hi then bounds what was
 * seen, not what the server could do. Two bounds cannot be compared, so throughput ratios with a
 * bounded trial on either side are null. Latency ratios are null with them: in a closed loop of N
 * connections the mean latency is N / throughput (Little's law), so that would be the refused ratio
 * upside down.
 */
import type {
  Condition,
  MetricName,
  RatioRow,
  RunHeader,
  SummaryRow,
  Trial,
  ValueRow,
} from '../results/schema.js';
import { metricName } from '../results/schema.js';
import { METRICS, type MetricValue, metricsOf } from './metrics.js';
import { medianInterval } from './order-statistics.js';
import { pairedRatio } from './ratio.js';

/** Rows in the order of the plan's conditions, then the header's subjects, then the metrics. */
export function summarise(header: RunHeader, trials: readonly Trial[]): SummaryRow[] {
  return header.plan.conditions.flatMap((condition) => {
    const table = new ConditionTable(header, condition, trials);
    return header.subjects.flatMap(({ id }) => [
      ...metricName.options.map((metric) => valueRow(table, id, metric)),
      ...ratioRows(table, id),
    ]);
  });
}

interface Cell {
  readonly trial: Trial;
  readonly metrics: ReadonlyMap<MetricName, MetricValue>;
}

/** The trials of one condition by subject and block. */
class ConditionTable {
  readonly header: RunHeader;
  readonly condition: Condition;
  /** Blocks without a void trial, ascending: the only ones that are looked at. */
  readonly blocks: readonly number[];
  readonly voidBlocks: number;
  readonly #cells = new Map<string, Cell>();

  constructor(header: RunHeader, condition: Condition, trials: readonly Trial[]) {
    this.header = header;
    this.condition = condition;
    const mine = trials.filter((trial) => trial.condition === condition.id);
    const spoilt = new Set(mine.filter(({ status }) => status === 'void').map((t) => t.block));
    const blocks = new Set(mine.map((trial) => trial.block));
    this.blocks = [...blocks].filter((block) => !spoilt.has(block)).sort((a, b) => a - b);
    this.voidBlocks = spoilt.size;
    for (const trial of mine) this.#add(trial);
  }

  #add(trial: Trial): void {
    const key = `${trial.subject} ${trial.block}`;
    if (this.#cells.has(key)) throw new Error(`two trials of ${key} in ${trial.condition}`);
    const { placement } = this.header.plan;
    const metrics = metricsOf(trial, { condition: this.condition, placement });
    this.#cells.set(key, { trial, metrics: new Map(metrics.map((m) => [m.metric, m])) });
  }

  /** The trial of a subject in a block, null when it is not ok (or not there). */
  okCell(subject: string, block: number): Cell | null {
    const cell = this.cell(subject, block);
    return cell?.trial.status === 'ok' ? cell : null;
  }

  cell(subject: string, block: number): Cell | null {
    return this.#cells.get(`${subject} ${block}`) ?? null;
  }

  key(subject: string, metric: MetricName) {
    const found = this.header.subjects.find(({ id }) => id === subject);
    if (!found) throw new Error(`no subject ${subject}`);
    const { workload, connections } = this.condition;
    const load = loadText(this.condition);
    return { variant: found.variant, subject, workload, connections, load, metric };
  }
}

/** `closed`, `closed, pipeline 8`, `open 20000/s`, or `open 20000/s, fixed interval`. */
export function loadText({ load }: Condition): string {
  if (load.kind === 'open') {
    return `open ${load.ratePerS}/s${load.arrivals === 'fixed' ? ', fixed interval' : ''}`;
  }
  return load.pipeline === 1 ? load.kind : `${load.kind}, pipeline ${load.pipeline}`;
}

function valueRow(table: ConditionTable, subject: string, metric: MetricName): ValueRow {
  const cells = table.blocks.flatMap((block) => {
    const cell = metric === 'errors' ? table.cell(subject, block) : table.okCell(subject, block);
    return cell ? [cell] : [];
  });
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
    ...METRICS[metric],
    median: centre.estimate,
    lo: centre.lo,
    hi: centre.hi,
    n: numbers.length,
    source: [...new Set(values.map(({ source }) => source))].join('; ') || 'no trial',
    ...(values.some(({ bound }) => bound === 'lower') ? { bound: 'lower' as const } : {}),
    ...(why === '' ? {} : { why }),
  };
}

/** `3 of 8 trials lack a value`; empty when all have one, or none. */
function partly(there: number, total: number, noun: string): string[] {
  return there === 0 || there === total
    ? []
    : [`${total - there} of ${total} ${noun} lack a value`];
}

/** Each distinct reason once, with the number of trials it holds for unless that is all of them. */
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

function ratioRows(table: ConditionTable, subject: string): RatioRow[] {
  const { subjects, plan } = table.header;
  const versus = plan.reference;
  if (subject === versus || !subjects.some(({ id }) => id === versus)) return [];
  const pairs = table.blocks.flatMap((block) => {
    const cell = table.okCell(subject, block);
    const reference = table.okCell(versus, block);
    return cell && reference ? [{ cell, reference }] : [];
  });
  return metricName.options
    .filter((metric) => metric !== 'errors')
    .map((metric) => ratioRow(table, { subject, versus, metric, pairs }));
}

interface RatioInput {
  readonly subject: string;
  readonly versus: string;
  readonly metric: MetricName;
  readonly pairs: readonly { readonly cell: Cell; readonly reference: Cell }[];
}

function ratioRow(table: ConditionTable, input: RatioInput): RatioRow {
  const { metric, pairs } = input;
  const result = pairedRatio(
    pairs.map(({ cell, reference }) => ({
      subject: cell.metrics.get(metric)?.value ?? null,
      reference: reference.metrics.get(metric)?.value ?? null,
    })),
  );
  const refusals = [...boundedPairs(input), ...partly(result.n, pairs.length, 'pairs')];
  const refused = refusals.length > 0;
  const why = [
    ...refusals.map((text) => `not compared: ${text}`),
    ...(result.why === undefined || refused ? [] : [result.why]),
    ...missingReasons(input),
    ...lostBlocks(table, pairs.length),
  ].join('; ');
  return {
    kind: 'ratio',
    ...table.key(input.subject, metric),
    versus: input.versus,
    better: METRICS[metric].better,
    ratio: refused ? null : result.estimate,
    lo: refused ? null : result.lo,
    hi: refused ? null : result.hi,
    confidence: refused ? null : result.confidence,
    n: result.n,
    decision: null,
    mde: null,
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

function isBounded(cell: Cell): boolean {
  return cell.metrics.get('requests_per_s')?.bound === 'lower';
}

function dependsOnLimit(metric: MetricName): boolean {
  return metric === 'requests_per_s' || metric.startsWith('latency_');
}

function lostBlocks(table: ConditionTable, pairs: number): string[] {
  const planned = table.header.plan.blocks;
  if (pairs >= planned) return [];
  const voided = table.voidBlocks > 0 ? ` (${table.voidBlocks} void)` : '';
  return [`${pairs} of ${planned} planned blocks have both trials ok${voided}`];
}
