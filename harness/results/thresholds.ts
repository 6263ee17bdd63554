/**
 * The limits of the checks: data, fixed before a run and stored in its plan.
 *
 * A value beyond `warn` is kept with a warning; beyond `void` the trial is not used, and with it
 * its block. Only what the environment did may void a trial, never what was measured: a slow,
 * uneven or overloaded server is a result.
 */
import type { Threshold } from './schema.js';

/** Of a plan's blocks, so many may be repeated because a void trial spoilt one. */
export const EXTRA_BLOCKS_SHARE = 0.3;

/** What the environment did. */
export const ENVIRONMENT: Readonly<Record<string, Threshold>> = {
  /**
   * Taken by the hypervisor, of the time of the CPUs in use. Steal hits all servers of a block, and
   * the interval shows the scatter; so only steal of a large part of the time voids a block
   * (docs/METHOD.md has the data).
   */
  steal_percent: { warn: 0.5, void: 40, unit: '%' },
  /** Used by programs that are neither the server nor the harness, of the same. */
  foreign_cpu_percent: { warn: 2, void: 60, unit: '%' },
  /** Periods in which the cgroup's CPU quota stopped its processes. */
  cgroup_throttled: { warn: 0, void: 0, unit: 'periods' },
  /** Requests for which the client's machine had no port, descriptor or memory. */
  no_port: { warn: 0, void: 0, unit: 'requests' },
};

/** Figures that contradict each other are useless. */
const CONSISTENCY: Readonly<Record<string, Threshold>> = {
  accounting: { warn: 0, void: 0, unit: 'requests' },
  request_counts_percent: { warn: 0.5, void: null, unit: '%' },
  stats_uncertainty_percent: { warn: 0.1, void: null, unit: '%' },
};

/** What the server, the client or both did: never void. */
const OUTCOME: Readonly<Record<string, Threshold>> = {
  /** Connections that the kernel dropped in the network namespace: also of a server too slow. */
  listen_drops: { warn: 0, void: null, unit: 'connections' },
  /** Beyond it a connection per request may run out of ports (28,232 by default). */
  time_wait_sockets: { warn: 20_000, void: null, unit: 'sockets' },
  /** The harness itself, without its load threads: it should sleep. */
  harness_cpu_percent: { warn: 5, void: null, unit: '%' },
  client_cpu_percent: { warn: 70, void: null, unit: '%' },
  /** Open load: share of its time in which the generator had something to do. */
  client_busy_percent: { warn: 50, void: null, unit: '%' },
  /** Open load: offered and not answered in the window. */
  shortfall_percent: { warn: 0.5, void: null, unit: '%' },
  /** Open load, p99: also 10 % of the median response time, where that is more. */
  lateness_us: { warn: 50, void: null, unit: 'us' },
  /** Closed load: time in which connections did not wait for the server. */
  little_residual_percent: { warn: 8, void: null, unit: '%' },
  /** From the first to the last third of the window. */
  drift_percent: { warn: 10, void: null, unit: '%' },
  delayed_ack_percent: { warn: 0.1, void: null, unit: '%' },
};

export const THRESHOLDS: Readonly<Record<string, Threshold>> = {
  ...ENVIRONMENT,
  ...CONSISTENCY,
  ...OUTCOME,
};

/** The same limits, but none that voids: for trials of which only counts are used. */
export function withoutVoid(
  thresholds: Readonly<Record<string, Threshold>>,
): Record<string, Threshold> {
  return Object.fromEntries(
    Object.entries(thresholds).map(([name, limits]) => [name, { ...limits, void: null }]),
  );
}
