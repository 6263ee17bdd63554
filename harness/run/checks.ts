/**
 * The checks of a trial: what may be wrong with a measurement, said with the number. Pure.
 *
 * level ok: fine. warn: kept, with the reason beside it. void: the figures contradict each other
 * and are not used.
 */
import type { CpuUse } from '../probe/cpu-share.js';
import type { Reading } from '../probe/reading.js';
import type { Check, Trial } from '../results/schema.js';

const REQUEST_COUNTS_PERCENT_MAX = 0.5;
const STATS_UNCERTAINTY_PERCENT_MAX = 0.1;
const STEAL_PERCENT_MAX = 0.5;
const FOREIGN_CPU_PERCENT_MAX = 2;
/** From here on the client, not the server, may set the pace. */
const CLIENT_CPU_PERCENT_MAX = 85;

/** Name of the check that lets the server's own count divide. */
export const REQUEST_COUNTS = 'request_counts_percent';

type Counts = NonNullable<Trial['counts']>;

/**
 * Every request sent in the window has exactly one fate: sent = ok + errors + timeouts + unfinished.
 */
export function accountingCheck({ sent, ok, errors, timeouts, unfinished }: Counts): Check {
  const failed = sumOf(errors);
  const missing = sent - ok - failed - timeouts - unfinished;
  const fates = `ok ${ok} + errors ${failed} + timeouts ${timeouts} + unfinished ${unfinished}`;
  const sum = `sent ${sent}, ${fates}`;
  return { name: 'accounting', value: missing, level: missing === 0 ? 'ok' : 'void', text: sum };
}

export function errorsCheck(errorsSinceStart: number): Check {
  return {
    name: 'errors',
    value: errorsSinceStart,
    level: errorsSinceStart === 0 ? 'ok' : 'warn',
    text: `${errorsSinceStart} errors since the first request`,
  };
}

/**
 * Both sides counted the same requests between the two stats lines, up to those in flight at either
 * end.
 */
export function requestCountsCheck(
  server: number | null,
  client: number,
  /** Requests that may be answered by the server and not yet seen by the client. */
  slack: number,
): Check {
  const name = REQUEST_COUNTS;
  if (server === null) {
    return { name, value: null, level: 'ok', text: 'the server does not count requests' };
  }
  const apart = Math.abs(server - client);
  const percent = (100 * apart) / Math.max(client, 1);
  const agree = apart <= slack || percent <= REQUEST_COUNTS_PERCENT_MAX;
  const text = `the server counted ${server} requests, the client ${Math.round(client)}`;
  return { name, value: percent, level: agree ? 'ok' : 'warn', text };
}

/**
 * How far the client's number of requests between the stats lines may be off, because a stats line
 * takes time. It matters only where the server does not count them itself.
 */
export function statsUncertaintyCheck(
  uncertain: number,
  completed: number,
  serverCounts: boolean,
): Check {
  const percent = (100 * uncertain) / Math.max(completed, 1);
  const limit = STATS_UNCERTAINTY_PERCENT_MAX;
  const text = `${Math.round(uncertain)} of ${Math.round(completed)} requests fell into the stats calls (limit ${limit} %)`;
  const level = percent > limit && !serverCounts ? 'warn' : 'ok';
  return { name: 'stats_uncertainty_percent', value: percent, level, text };
}

export function warmupCheck(completed: number, wanted: number): Check {
  return {
    name: 'warmup_requests',
    value: completed,
    level: completed >= wanted ? 'ok' : 'warn',
    text: `${completed} requests in the warm-up, wanted at least ${wanted}`,
  };
}

/** CPU time that the hypervisor gave to others, on the CPUs of the trial. */
export function stealCheck(use: Reading<CpuUse>): Check {
  const name = 'steal_percent';
  if (!use.ok) return { name, value: null, level: 'warn', text: `steal is unknown: ${use.why}` };
  const { stealUs, totalUs } = use.value;
  return percentCheck(name, stealUs, totalUs, STEAL_PERCENT_MAX, 'of the CPU time was stolen');
}

/**
 * CPU time of programs that are neither the server nor the harness, on the CPUs of the trial.
 * oursUs: of these two; null when the server's is unknown.
 */
export function foreignCpuCheck(use: Reading<CpuUse>, oursUs: number | null): Check {
  const name = 'foreign_cpu_percent';
  if (!use.ok) {
    return { name, value: null, level: 'warn', text: `foreign CPU use is unknown: ${use.why}` };
  }
  if (oursUs === null) {
    const text = "foreign CPU use is unknown: the server's own CPU time is";
    return { name, value: null, level: 'warn', text };
  }
  const { busyUs, totalUs } = use.value;
  const foreignUs = Math.max(0, busyUs - oursUs);
  const text = 'of the CPU time went to other programs';
  return percentCheck(name, foreignUs, totalUs, FOREIGN_CPU_PERCENT_MAX, text);
}

/** CPU time of the generator as a share of one CPU over the window. */
export function clientCpuCheck(cpuUs: number | null, windowUs: number): Check {
  const name = 'client_cpu_percent';
  if (cpuUs === null) {
    return { name, value: null, level: 'warn', text: "the client's CPU time is unknown" };
  }
  return percentCheck(name, cpuUs, windowUs, CLIENT_CPU_PERCENT_MAX, 'of a CPU used by the client');
}

function percentCheck(name: string, part: number, whole: number, max: number, what: string): Check {
  const percent = (100 * part) / Math.max(whole, 1);
  const level = percent > max ? 'warn' : 'ok';
  return { name, value: percent, level, text: `${percent.toFixed(1)} % ${what} (limit ${max} %)` };
}

export function sumOf(errors: Readonly<Record<string, number>>): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}
