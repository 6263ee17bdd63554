/**
 * One trial -> its metrics, by the names of the schema. What could not be measured is null with a
 * `why`.
 *
 * Per-request figures divide the server's counters between two `stats` lines by the requests
 * answered between the same two; throughput and latency come from the client's
 * window, which lies inside.
 *
 * Lower bounds: where the client was the limit (limit.ts), the server might have done more. Then
 * requests_per_s carries bound 'lower', and the latencies a why.
 *
 * Latency is the service time, from the write of a request, in a closed load; in an open load it is
 * the response time, from the instant the request was due.
 */
import { type Better, METRIC_NAMES, METRICS, type MetricName } from '../results/metrics.js';
import {
  type Condition,
  connectionsHeld,
  type Histogram,
  type Measured,
  type Trial,
} from '../results/schema.js';
import { clientLimit, LIMIT_WORDS, type Limit, type TrialPlace, throughputOf } from './limit.js';

export interface MetricValue {
  readonly metric: MetricName;
  readonly unit: string;
  readonly better: Better;
  readonly source: string;
  readonly value: number | null;
  readonly bound?: 'lower';
  /** Why value is null, or what its reader must know. */
  readonly why?: string;
}

/** With fewer connections, the page size of the resident set hides the effect. */
const FEWEST_CONNECTIONS_FOR_RSS = 8;
/** Samples that must lie beyond a quantile before it is shown. */
export const FEWEST_BEYOND_QUANTILE = 10;

/** All metrics of the schema, in its order. For a trial that is not ok most are null. */
export function metricsOf(trial: Trial, place: TrialPlace): MetricValue[] {
  const limit = clientLimit(trial, place);
  const { condition } = place;
  const made = [
    throughput(trial, limit),
    ...cpuMetrics(trial),
    ...latencies(trial, condition, limit),
    perRequest(trial, 'syscalls_per_request', trial.instrumented ? 'traced_syscalls' : 'syscalls'),
    memory(trial, connectionsHeld(condition)),
    errors(trial),
    requestsPerWait(trial),
    clientCpu(trial, condition),
  ];
  const byName = new Map(made.map((value) => [value.metric, value]));
  return METRIC_NAMES.map((metric) => byName.get(metric) ?? ofCounter(trial, metric));
}

function throughput(trial: Trial, limit: Limit): MetricValue {
  const value = throughputOf(trial);
  const source = "client's replies over its window";
  if (value === null) return absent('requests_per_s', source, NO_WINDOW);
  if (limit === 'none') return present('requests_per_s', source, value);
  const why = `at least this: ${LIMIT_WORDS[limit]}`;
  return { ...present('requests_per_s', source, value), bound: 'lower', why };
}

function cpuMetrics(trial: Trial): MetricValue[] {
  const cpu = serverCpuUs(trial);
  const cost = divide(trial, 'cpu_us_per_request', cpu);
  const rate: MetricValue = {
    ...cost,
    metric: 'requests_per_cpu_s',
    ...kindOf('requests_per_cpu_s'),
  };
  if (cost.value === null) return [rate, cost];
  const why = 'the server used no CPU time that its clock could see';
  if (cost.value === 0) return [{ ...rate, value: null, why }, cost];
  return [{ ...rate, value: 1e6 / cost.value }, cost];
}

const QUANTILES = [
  ['latency_us_p50', 'p50', 0.5],
  ['latency_us_p90', 'p90', 0.9],
  ['latency_us_p99', 'p99', 0.99],
  ['latency_us_p999', 'p999', 0.999],
] as const satisfies readonly (readonly [MetricName, keyof Histogram, number])[];

function latencies(trial: Trial, { load }: Condition, limit: Limit): MetricValue[] {
  const open = load.kind === 'open';
  const source = open ? RESPONSE : SERVICE;
  return QUANTILES.map(([metric, key, quantile]) => {
    const histogram = open ? trial.latency?.response : trial.latency?.service;
    if (!trial.latency) return absent(metric, source, NO_WINDOW);
    if (!histogram) return absent(metric, source, 'the client measured no response times');
    // Rounded: 1000 x (1 - 0.99) is 10 on paper and a little less in binary.
    const beyond = Math.round(histogram.count * (1 - quantile) * 1e6) / 1e6;
    if (beyond < FEWEST_BEYOND_QUANTILE) return absent(metric, source, TOO_FEW_BEYOND);
    const value = present(metric, source, histogram[key] / 1000);
    const why = [
      ...(limit === 'none' ? [] : [`set by the client too: ${LIMIT_WORDS[limit]}`]),
      ...(quantile < 0.99 ? [] : censoring(trial)),
    ].join('; ');
    return why === '' ? value : { ...value, why };
  });
}

/** What requests without a reply mean for high quantiles, as the trial's check says it. */
function censoring({ checks }: Trial): string[] {
  return checks.flatMap(({ name, level, text }) =>
    name === 'censored_requests' && level === 'warn' ? [text] : [],
  );
}

const SERVICE =
  "client's histogram of service times: write of the request to last byte of the reply";
const RESPONSE =
  "client's histogram of response times: instant the request was due to last byte of the reply";
const TOO_FEW_BEYOND = `fewer than ${FEWEST_BEYOND_QUANTILE} samples lie beyond this quantile`;

function memory(trial: Trial, connections: number): MetricValue {
  const metric = 'rss_bytes_per_connection';
  const after = counter(trial, 'rss_bytes');
  const before = counter(trial, 'rss_bytes_ready');
  if (connections < FEWEST_CONNECTIONS_FOR_RSS) {
    const why = `below ${FEWEST_CONNECTIONS_FOR_RSS} connections the page size hides it`;
    return absent(metric, after.source, why);
  }
  if (after.value === null) return absent(metric, after.source, unknownWhy(after));
  if (before.value === null) return absent(metric, before.source, unknownWhy(before));
  return present(metric, sourceOf(after), (after.value - before.value) / connections);
}

function errors(trial: Trial): MetricValue {
  const source = "client's own count";
  if (!trial.counts) return absent('errors', source, NO_WINDOW);
  const total = Object.values(trial.counts.errors).reduce((sum, count) => sum + count, 0);
  return present('errors', source, total);
}

/** Counters of how often a server asked the kernel what is ready, or done. */
const WAITS = ['epoll_waits', 'ring_enters'] as const;
const NO_WAIT = 'no wait was counted: it waits in other calls, such as read';

/**
 * How many requests a server found ready at once: its batches, which determine its CPU per request
 * as much as the server itself does.
 */
function requestsPerWait(trial: Trial): MetricValue {
  const metric = 'requests_per_wait';
  const counted = WAITS.flatMap((key) => trial.server[key] ?? []);
  const [first] = counted;
  if (first === undefined) return absent(metric, 'server', 'the server does not count its waits');
  const unknown = counted.find(({ value }) => value === null);
  if (unknown !== undefined) return absent(metric, unknown.source, unknownWhy(unknown));
  const waits = counted.reduce((sum, { value }) => sum + (value ?? 0), 0);
  const requests = trial.client?.requestsBetweenStats.value ?? 0;
  if (requests <= 0) return absent(metric, first.source, 'no request was completed');
  if (waits === 0) return absent(metric, first.source, NO_WAIT);
  return present(metric, sourceOf(first), requests / waits);
}

const SPINS =
  'in an open load the generator spins until the next request is due, whatever the server does';

/** Over the client's own window, as its CPU time is. */
function clientCpu({ client, counts }: Trial, { load }: Condition): MetricValue {
  const metric = 'client_cpu_us_per_request';
  if (client === null || counts === null) return absent(metric, 'client', NO_WINDOW);
  const { cpuUs } = client;
  if (load.kind === 'open') return absent(metric, cpuUs.source, SPINS);
  if (cpuUs.value === null) return absent(metric, cpuUs.source, unknownWhy(cpuUs));
  if (counts.completed <= 0) return absent(metric, cpuUs.source, 'no request was completed');
  return present(metric, sourceOf(cpuUs), cpuUs.value / counts.completed);
}

function ofCounter(trial: Trial, metric: MetricName): MetricValue {
  const { counter: key, whyNoCounter } = METRICS[metric];
  if (key === undefined) throw new Error(`nothing says how ${metric} is made`);
  return divide(trial, metric, counter(trial, key, whyNoCounter));
}

function perRequest(trial: Trial, metric: MetricName, key: string): MetricValue {
  return divide(trial, metric, counter(trial, key));
}

function divide(trial: Trial, metric: MetricName, total: Measured): MetricValue {
  const requests = trial.client?.requestsBetweenStats.value ?? 0;
  if (total.value === null) return absent(metric, total.source, unknownWhy(total));
  if (requests <= 0) return absent(metric, total.source, 'no request was completed');
  return present(metric, sourceOf(total), total.value / requests);
}

function serverCpuUs(trial: Trial): Measured {
  const user = counter(trial, 'user_cpu_us');
  const system = counter(trial, 'system_cpu_us');
  if (user.value === null) return user;
  if (system.value === null) return system;
  const worse = user.quality === 'exact' ? system : user;
  return { ...worse, value: user.value + system.value };
}

function counter(trial: Trial, key: string, why = `the server does not count ${key}`): Measured {
  return trial.server[key] ?? { value: null, source: 'server', quality: 'unavailable', why };
}

const NO_WINDOW = 'the trial has no measured window';

function unknownWhy(measured: Measured): string {
  return measured.why ?? `${measured.source} gave nothing`;
}

function sourceOf(measured: Measured): string {
  return measured.quality === 'exact'
    ? measured.source
    : `${measured.source} (${measured.quality})`;
}

function present(metric: MetricName, source: string, value: number): MetricValue {
  return { metric, ...kindOf(metric), source, value };
}

function absent(metric: MetricName, source: string, why: string): MetricValue {
  return { metric, ...kindOf(metric), source, value: null, why };
}

/** What every row says of its metric. */
export function kindOf(metric: MetricName): Pick<MetricValue, 'unit' | 'better'> {
  const { unit, better } = METRICS[metric];
  return { unit, better };
}
