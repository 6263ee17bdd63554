/**
 * A run as comma-separated values (RFC 4180): the summary rows, and the trials. Numbers are in
 * full; what could not be measured is empty. A text that a spreadsheet would run as a formula gets
 * a leading apostrophe.
 */
import type { Results, SummaryRow, Trial } from '../results/schema.js';

type Value = string | number | boolean | null | undefined;

const FORMULA = /^[=+\-@\t\r]/;

function field(value: Value): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function table(head: readonly string[], rows: readonly (readonly Value[])[]): string {
  return [head, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

const SUMMARY_HEAD = [
  ...['kind', 'subject', 'variant', 'workload', 'connections', 'load', 'metric', 'unit', 'better'],
  ...['versus', 'estimate', 'lo', 'hi', 'n', 'decision', 'mde', 'bound', 'source', 'why'],
];

function summaryFields(row: SummaryRow): Value[] {
  const { kind, subject, variant, workload, connections, load, metric, better } = row;
  const key = [kind, subject, variant, workload, connections, load, metric];
  if (row.kind === 'value') {
    const numbers = [row.median, row.lo, row.hi, row.n];
    return [...key, row.unit, better, '', ...numbers, '', '', row.bound, row.source, row.why];
  }
  const numbers = [row.ratio, row.lo, row.hi, row.n];
  return [...key, 'ratio', better, row.versus, ...numbers, row.decision, row.mde, '', '', row.why];
}

export function summaryCsv({ summary }: Results): string {
  return table(SUMMARY_HEAD, summary.map(summaryFields));
}

const QUANTILES = ['p50', 'p90', 'p99', 'p999', 'max'] as const;
const LATENCIES = ['service', 'response', 'lateness'] as const;
const COUNTS = ['completed', 'sent', 'ok', 'timeouts', 'unfinished', 'offered', 'starved'] as const;

/** One line per trial: what was counted, before anything was derived from it. */
export function trialsCsv({ trials }: Results): string {
  const keysOf = (read: (trial: Trial) => object) => [
    ...new Set(trials.flatMap((trial) => Object.keys(read(trial)))),
  ];
  const server = keysOf((trial) => trial.server);
  const machine = keysOf((trial) => trial.machine);
  const head = [
    ...['trial', 'condition', 'block', 'position', 'subject', 'status', 'reason', 'started_at'],
    ...['instrumented', 'replaces', 'window_ns'],
    ...COUNTS.map((name) => `client_${name}`),
    ...['client_errors', 'client_cpu_us', 'requests_between_stats'],
    ...LATENCIES.flatMap((kind) => QUANTILES.map((quantile) => `${kind}_ns_${quantile}`)),
    ...server.map((name) => `server_${name}`),
    ...machine.map((name) => `machine_${name}`),
    'warnings',
  ];
  return table(
    head,
    trials.map((trial) => trialFields(trial, server, machine)),
  );
}

function trialFields(trial: Trial, server: readonly string[], machine: readonly string[]): Value[] {
  const { counts, client, latency, window } = trial;
  const errors = Object.values(counts?.errors ?? {}).reduce((sum, count) => sum + count, 0);
  const warnings = trial.checks.filter(({ level }) => level !== 'ok').map(({ name }) => name);
  return [
    ...[trial.id, trial.condition, trial.block, trial.position, trial.subject, trial.status],
    ...[trial.reason, trial.startedAt, trial.instrumented, trial.replaces],
    window === null ? null : Number(BigInt(window.endNs) - BigInt(window.startNs)),
    ...COUNTS.map((name) => counts?.[name]),
    counts === null ? null : errors,
    ...[client?.cpuUs.value, client?.requestsBetweenStats.value],
    ...LATENCIES.flatMap((kind) => QUANTILES.map((quantile) => latency?.[kind]?.[quantile])),
    ...server.map((name) => trial.server[name]?.value),
    ...machine.map((name) => trial.machine[name]?.value),
    warnings.join(' '),
  ];
}
