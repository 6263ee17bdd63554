/**
 * What each metric is called on the page, and its unit as shown there. The names themselves are the
 * schema's.
 */
import type { MetricName } from '../results/schema.js';

export interface MetricText {
  /** In headings and sentences. */
  readonly label: string;
  /** Shown in small type beside the label; empty for plain counts. */
  readonly unit: string;
}

export const METRICS: Readonly<Record<MetricName, MetricText>> = {
  requests_per_s: { label: 'Throughput', unit: 'requests/s' },
  requests_per_cpu_s: { label: 'Requests per CPU-second', unit: 'requests/CPU-s' },
  cpu_us_per_request: { label: 'CPU per request', unit: 'µs' },
  latency_us_p50: { label: 'Latency p50', unit: 'µs' },
  latency_us_p90: { label: 'Latency p90', unit: 'µs' },
  latency_us_p99: { label: 'Latency p99', unit: 'µs' },
  latency_us_p999: { label: 'Latency p99.9', unit: 'µs' },
  voluntary_switches_per_request: { label: 'Voluntary switches', unit: 'per request' },
  involuntary_switches_per_request: { label: 'Involuntary switches', unit: 'per request' },
  syscalls_per_request: { label: 'System calls', unit: 'per request' },
  rss_bytes_per_connection: { label: 'Resident memory', unit: 'bytes/connection' },
  errors: { label: 'Errors', unit: '' },
};
