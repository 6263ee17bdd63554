/**
 * Every metric there is, one record each: all that is specific to one is here, and schema,
 * statistics, terminal and page derive it from here. Rows in results.json have the same order.
 *
 * A metric with `counter` is that entry of a trial's `server`, divided by the requests answered
 * between the same two stats lines; how all others are made is in harness/stats/metrics.ts.
 */

/** `neither`: it describes, and no value of it is better. */
export type Better = 'higher' | 'lower' | 'neither';

interface Facts {
  /** In files. */
  readonly unit: string;
  readonly better: Better;
  /** Named before any run as one that may be called better or worse (harness/stats/decision.ts). */
  readonly isPrimary?: true;
  /** On the page, in headings and sentences. */
  readonly label: string;
  /** Shown in small type next to the label; empty for plain counts. */
  readonly shownUnit: string;
  /** On a terminal; absent: its name. */
  readonly short?: string;
  /** Of trial.server. */
  readonly counter?: string;
  /** Counted in trials under instruments alone, because counting it would change times. */
  readonly isInstrumented?: true;
  /** Why a trial has no such entry; absent: the server does not count it. */
  readonly whyNoCounter?: string;
}

const perRequest = { better: 'lower', shownUnit: 'per request' } as const;
const hardware = {
  ...perRequest,
  isInstrumented: true,
  whyNoCounter: 'hardware counters were not read: `hardware_counters` of the environment says why',
} as const;
const latency = { unit: 'us', better: 'lower', shownUnit: 'µs' } as const;

const CATALOGUE = {
  requests_per_s: {
    unit: 'requests/s',
    better: 'higher',
    isPrimary: true,
    label: 'Throughput',
    shownUnit: 'requests/s',
    short: 'requests/s',
  },
  requests_per_cpu_s: {
    unit: 'requests/CPU s',
    better: 'higher',
    label: 'Requests per CPU-second',
    shownUnit: 'requests/CPU-s',
  },
  cpu_us_per_request: {
    unit: 'us',
    better: 'lower',
    isPrimary: true,
    label: 'CPU per request',
    shownUnit: 'µs',
    short: 'CPU',
  },
  latency_us_p50: { ...latency, label: 'Latency p50', short: 'p50' },
  latency_us_p90: { ...latency, label: 'Latency p90', short: 'p90' },
  latency_us_p99: { ...latency, isPrimary: true, label: 'Latency p99', short: 'p99' },
  latency_us_p999: { ...latency, label: 'Latency p99.9' },
  voluntary_switches_per_request: {
    ...perRequest,
    unit: 'switches',
    isPrimary: true,
    counter: 'voluntary_switches',
    label: 'Voluntary switches',
    short: 'switches',
  },
  involuntary_switches_per_request: {
    ...perRequest,
    unit: 'switches',
    counter: 'involuntary_switches',
    label: 'Involuntary switches',
  },
  syscalls_per_request: {
    ...perRequest,
    unit: 'calls',
    isPrimary: true,
    label: 'System calls',
  },
  rss_bytes_per_connection: {
    unit: 'bytes',
    better: 'lower',
    isPrimary: true,
    label: 'Resident memory',
    shownUnit: 'bytes/connection',
  },
  errors: { unit: 'errors', better: 'lower', label: 'Errors', shownUnit: '' },
  requests_per_wait: {
    unit: 'requests',
    better: 'neither',
    label: 'Requests per wait',
    shownUnit: '',
    short: 'requests per wait',
  },
  client_cpu_us_per_request: {
    unit: 'us',
    better: 'lower',
    label: "Client's CPU per request",
    shownUnit: 'µs',
    short: "client's CPU us/request",
  },
  run_queue_wait_us_per_request: {
    unit: 'us',
    better: 'lower',
    counter: 'run_queue_wait_us',
    label: 'Wait for a CPU per request',
    shownUnit: 'µs',
  },
  page_faults_per_request: {
    ...perRequest,
    unit: 'faults',
    isInstrumented: true,
    counter: 'perf_page_faults',
    label: 'Page faults',
    whyNoCounter: 'no trial under instruments counted page faults',
  },
  instructions_per_request: {
    ...hardware,
    unit: 'instructions',
    counter: 'hw_instructions',
    label: 'Instructions',
    short: 'instructions/request',
  },
  user_instructions_per_request: {
    ...hardware,
    unit: 'instructions',
    counter: 'hw_user_instructions',
    label: 'Instructions in user code',
  },
  cycles_per_request: {
    ...hardware,
    unit: 'cycles',
    counter: 'hw_cycles',
    label: 'Cycles',
    short: 'cycles/request',
  },
  user_cycles_per_request: {
    ...hardware,
    unit: 'cycles',
    counter: 'hw_user_cycles',
    label: 'Cycles in user code',
  },
  llc_misses_per_request: {
    ...hardware,
    unit: 'misses',
    counter: 'hw_llc_misses',
    label: 'Last-level cache misses',
  },
  dtlb_misses_per_request: {
    ...hardware,
    unit: 'misses',
    counter: 'hw_dtlb_misses',
    label: 'Data TLB misses',
  },
} as const satisfies Readonly<Record<string, Facts>>;

export type MetricName = keyof typeof CATALOGUE;

/** By name. */
export const METRICS: Readonly<Record<MetricName, Facts>> = CATALOGUE;

/** In the order of the rows. */
export const METRIC_NAMES = Object.keys(CATALOGUE) as [MetricName, ...MetricName[]];

/**
 * Whether less of it is better. Throws on a metric of which neither is: nothing that compares may
 * take one.
 */
export function isCost(metric: MetricName): boolean {
  const { better } = METRICS[metric];
  if (better === 'neither') throw new Error(`${metric} describes: no value of it is better`);
  return better === 'lower';
}
