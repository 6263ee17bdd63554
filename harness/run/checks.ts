/**
 * The checks of a trial on what was counted and what the machine did: what may be wrong with a
 * measurement, said with the number. Those on the load are in checks-load.ts. Pure.
 *
 * level ok: fine. warn: kept, with its reason. void: not used. Limits come from the plan
 * (results/thresholds.ts); only those of the environment and of contradicting figures void.
 */
import type { CpuUse } from '../probe/cpu-share.js';
import { TICKS_PER_SECOND } from '../probe/proc.js';
import type { Reading } from '../probe/reading.js';
import type { Check, Trial } from '../results/schema.js';
import { grade, gradeMeasured, type Thresholds, unknownCheck } from './grade.js';

/** Name of the check that lets the server's own count divide. */
export const REQUEST_COUNTS = 'request_counts_percent';

type Counts = NonNullable<Trial['counts']>;

/**
 * Every request sent in the window has exactly one outcome: sent = ok + errors + timeouts +
 * unfinished.
 */
export function accountingCheck(
  thresholds: Thresholds,
  { sent, ok, errors, timeouts, unfinished }: Counts,
): Check {
  const failed = sumOf(errors);
  const missing = sent - ok - failed - timeouts - unfinished;
  const fates = `ok ${ok} + errors ${failed} + timeouts ${timeouts} + unfinished ${unfinished}`;
  const what = '';
  const { level } = grade(thresholds, { name: 'accounting', value: Math.abs(missing), what });
  return { name: 'accounting', value: missing, level, text: `sent ${sent}, ${fates}` };
}

export function errorsCheck(errorsSinceStart: number): Check {
  return {
    name: 'errors',
    value: errorsSinceStart,
    level: errorsSinceStart === 0 ? 'ok' : 'warn',
    text: `${errorsSinceStart} errors since the first request`,
  };
}

/** Requests that the client's own machine could not make: no fault of the server. */
export function noPortCheck(thresholds: Thresholds, errors: Counts['errors']): Check[] {
  const value = errors.no_port ?? 0;
  if (value === 0) return [];
  const what = "found no port, descriptor or memory on the client's side";
  return [grade(thresholds, { name: 'no_port', value, what })];
}

/**
 * Both sides counted the same requests between the two stats lines, up to those in flight at either
 * end.
 */
export function requestCountsCheck(
  thresholds: Thresholds,
  server: number | null,
  client: number,
  /** Requests that the server may have answered and the client has not yet seen. */
  slack: number,
): Check {
  const name = REQUEST_COUNTS;
  if (server === null) {
    return { name, value: null, level: 'ok', text: 'the server does not count requests' };
  }
  const apart = Math.abs(server - client);
  const value = (100 * apart) / Math.max(client, 1);
  const text = `the server counted ${server} requests, the client ${Math.round(client)}`;
  const level = apart <= slack ? 'ok' : grade(thresholds, { name, value, what: '' }).level;
  return { name, value, level, text };
}

/**
 * The error of the client's number of requests between the stats lines, because a stats line takes
 * time. It matters only where the server does not count requests itself.
 */
export function statsUncertaintyCheck(
  thresholds: Thresholds,
  uncertain: number,
  completed: number,
  serverCounts: boolean,
): Check {
  const value = (100 * uncertain) / Math.max(completed, 1);
  const what = `of ${Math.round(completed)} requests fell into the stats calls`;
  const check = grade(thresholds, { name: 'stats_uncertainty_percent', value, what });
  return serverCounts ? { ...check, level: 'ok' } : check;
}

export function warmupCheck(completed: number, wanted: number): Check {
  return {
    name: 'warmup_requests',
    value: completed,
    level: completed >= wanted ? 'ok' : 'warn',
    text: `${completed} requests in the warm-up, wanted at least ${wanted}`,
  };
}

/** CPU time that the hypervisor gave to others (steal), on the CPUs of the trial. */
export function stealCheck(thresholds: Thresholds, use: Reading<CpuUse>): Check {
  const name = 'steal_percent';
  if (!use.ok) return unknownCheck(name, `steal is unknown: ${use.why}`);
  const value = percent(use.value.stealUs, use.value.totalUs);
  const what = 'of the CPU time was stolen';
  return grade(thresholds, { name, value, what, doubt: tickDoubt(use.value) });
}

/**
 * CPU time of programs that are neither the server nor the harness, on the CPUs of the trial.
 * oursUs: of these two and the kernel's threads; null when the server's is unknown.
 */
export function foreignCpuCheck(
  thresholds: Thresholds,
  use: Reading<CpuUse>,
  oursUs: number | null,
): Check {
  const name = 'foreign_cpu_percent';
  if (!use.ok) return unknownCheck(name, `foreign CPU use is unknown: ${use.why}`);
  if (oursUs === null) {
    return unknownCheck(name, "foreign CPU use is unknown: the server's own CPU time is");
  }
  const value = percent(Math.max(0, use.value.busyUs - oursUs), use.value.totalUs);
  const what = 'of the CPU time went to other programs';
  return grade(thresholds, { name, value, what, doubt: tickDoubt(use.value) });
}

/**
 * CPU time of the harness but for its load threads, as a share of one CPU: between open and close
 * of the window it has nothing to do. Only for a client that is part of this process.
 */
export function harnessCheck(
  thresholds: Thresholds,
  harnessUs: number,
  clientUs: number | null,
  windowUs: number,
): Check[] {
  if (clientUs === null) return [];
  const value = percent(Math.max(0, harnessUs - clientUs), windowUs);
  const what = 'of a CPU used by the harness itself';
  return [grade(thresholds, { name: 'harness_cpu_percent', value, what })];
}

/** One tick may have been counted that belongs to the time before. */
function tickDoubt({ totalUs }: CpuUse): number {
  return percent(1e6 / TICKS_PER_SECOND, totalUs);
}

/** What else the machine did: throttling, dropped connections, sockets that wait. */
export function machineChecks(thresholds: Thresholds, machine: Trial['machine']): Check[] {
  const one = (name: string, what: string) => gradeMeasured(thresholds, name, machine[name], what);
  return [
    ...one('cgroup_throttled', 'in which the CPU quota of the cgroup stopped its processes'),
    ...one('listen_drops', 'were dropped by the kernel for lack of room in an accept queue'),
    ...one('time_wait_sockets', 'hold a port in TIME_WAIT'),
  ];
}

function percent(part: number, whole: number): number {
  return (100 * part) / Math.max(whole, 1);
}

export function sumOf(errors: Readonly<Record<string, number>>): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}
