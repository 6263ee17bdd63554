/**
 * The checks of a trial on its load: whether the generator did what it was asked, whether the
 * traffic was steady, and one known artefact. All of them warn: they are about what was measured.
 * Pure.
 */
import { decodeFromCompressedBase64, type JsHistogram } from 'hdr-histogram-js';
import type { Censored } from '../load/client.js';
import {
  type Check,
  type Condition,
  type Histogram,
  inFlightMax,
  type Measured,
  type Trial,
} from '../results/schema.js';
import { asksOf } from '../results/workloads.js';
import { relativeDrift } from '../stats/slope.js';
import { grade, gradeMeasured, type Thresholds, unknownCheck } from './grade.js';
import type { Tenths } from './window.js';

type Counts = NonNullable<Trial['counts']>;
type Latency = NonNullable<Trial['latency']>;

/** What a window saw of its load. */
export interface LoadSeen {
  readonly condition: Condition;
  readonly windowUs: number;
  readonly counts: Counts;
  readonly latency: Latency;
  readonly cpuUs: Measured;
  readonly busyShare: Measured | null;
  /** Threads that made the load, where the client reports them. */
  readonly threads?: number | undefined;
  readonly censored?: Censored | undefined;
  /** Replies in successive parts of the measured time, in order; or why they are not known. */
  readonly pace: Tenths;
}

/** All of them that apply to the kind of load. */
export function loadChecks(thresholds: Thresholds, seen: LoadSeen): Check[] {
  const kind =
    seen.condition.load.kind === 'open'
      ? [
          ...shortfallCheck(thresholds, seen.counts),
          ...latenessCheck(thresholds, seen),
          ...busyCheck(thresholds, seen.busyShare),
          ...censoredCheck(seen.censored),
        ]
      : [clientCpuCheck(thresholds, seen), littleCheck(thresholds, seen)];
  return [
    ...kind,
    driftCheck(thresholds, seen.pace),
    ...(takesItsTime(seen.condition) ? [] : delayedAckCheck(thresholds, seen.latency.service)),
  ];
}

/** CPU time of the generator as a share of its threads' time in the window. */
function clientCpuCheck(
  thresholds: Thresholds,
  { cpuUs: { value: cpuUs }, windowUs, threads = 1 }: LoadSeen,
): Check {
  const name = 'client_cpu_percent';
  if (cpuUs === null) return unknownCheck(name, "the client's CPU time is unknown");
  const value = (100 * cpuUs) / (windowUs * threads);
  const cpus = threads === 1 ? 'a CPU' : `${threads} CPUs`;
  return grade(thresholds, { name, value, what: `of ${cpus} used by the client` });
}

/** Name of the check that limits what a p99 of an open load says. */
export const CENSORED = 'censored_requests';

/** Requests without a reply when the window closed, which the histograms do not have. */
function censoredCheck(censored: Censored | undefined): Check[] {
  if (censored === undefined) return [];
  const { count, movesP99, responseP99Ns } = censored;
  const least = responseP99Ns === null ? '' : `: p99 is at least ${responseP99Ns.lo / 1000} us`;
  const text = `${count} requests had no reply when the window closed${movesP99 ? least : ''}`;
  return [{ name: CENSORED, value: count, level: movesP99 ? 'warn' : 'ok', text }];
}

function busyCheck(thresholds: Thresholds, busyShare: Measured | null): Check[] {
  const value = busyShare?.value ?? null;
  const percent = busyShare && { ...busyShare, value: value === null ? null : 100 * value };
  const what = 'of its time the generator had something to do';
  return gradeMeasured(thresholds, 'client_busy_percent', percent ?? undefined, what);
}

/** Connections of a thread that wait for each other: those of native/loadgen/cohorts.hpp. */
const COHORTS = { fewest: 16, most: 2048 };

/** Whether the connections of any thread wait for each other; threads share them evenly. */
function moveInCohorts({ connections, load }: Condition, threads: number): boolean {
  if (load.kind !== 'closed' || load.pipeline > 1) return false;
  const perThread = connections / threads;
  return Math.ceil(perThread) >= COHORTS.fewest && Math.floor(perThread) <= COHORTS.most;
}

/**
 * Little's law, N = X (R + Z). Z is the time in which a connection waits not for the server but for
 * the client to see the reply and send again. R is the mean service time. Connections that move in
 * cohorts wait for each other on purpose.
 */
function littleCheck(
  thresholds: Thresholds,
  { condition, counts, latency, windowUs, threads = 1 }: LoadSeen,
): Check {
  const name = 'little_residual_percent';
  if (moveInCohorts(condition, threads)) {
    const text = 'connections wait for their cohort, so their waiting says nothing of the client';
    return { name, value: null, level: 'ok', text };
  }
  if (latency.service.count === 0) return unknownCheck(name, 'no latency was measured');
  const perUs = counts.completed / windowUs;
  const waiting = (perUs * latency.service.mean) / 1000;
  const value = 100 * (1 - waiting / inFlightMax(condition));
  return grade(thresholds, { name, value, what: 'of the time connections waited for the client' });
}

/** Requests that were due in the window, less the window's replies. */
function shortfallCheck(thresholds: Thresholds, { offered, completed }: Counts): Check[] {
  const name = 'shortfall_percent';
  if (offered === null) return [unknownCheck(name, 'the client did not say what was due')];
  const value = Math.max(0, 100 * (1 - completed / Math.max(offered, 1)));
  return [grade(thresholds, { name, value, what: `of ${offered} requests due had no reply` })];
}

/** From this share of starved requests on, the p99 of lateness is the wait for a connection. */
const STARVED_SHARE = 0.01;
const OF_MEDIAN = 0.1;

/** How late the generator itself sent; a wait for a free connection is caused by the server. */
function latenessCheck(thresholds: Thresholds, { latency, counts }: LoadSeen): Check[] {
  const name = 'lateness_us';
  const { lateness, response } = latency;
  if (!lateness || lateness.count === 0) return [unknownCheck(name, 'lateness was not measured')];
  const value = lateness.p99 / 1000;
  const what = 'late at the 99th percentile';
  const check = grade(thresholds, { name, value, what });
  if ((counts.starved ?? 0) >= STARVED_SHARE * (counts.offered ?? 0)) {
    const text = `${check.text}, the wait for a free connection included`;
    return [{ ...check, level: 'ok', text }];
  }
  const share = (OF_MEDIAN * (response?.p50 ?? 0)) / 1000;
  return [value <= share ? { ...check, level: 'ok' } : check];
}

/** Fewer replies in a part scatter by more than the limit through chance alone. */
const FEWEST_IN_PART = 100;

/**
 * Whether the traffic still rose or fell while it was measured: was the warm-up long enough, does
 * the server keep its speed?
 */
function driftCheck(thresholds: Thresholds, pace: Tenths): Check {
  const name = 'drift_percent';
  if ('why' in pace) return { name, value: null, level: 'ok', text: pace.why };
  if (pace.some((replies) => replies < FEWEST_IN_PART)) {
    const text = `fewer than ${FEWEST_IN_PART} replies in a part of the measured time: drift is not known`;
    return { name, value: null, level: 'ok', text };
  }
  const value = 100 * Math.abs(relativeDrift(pace) ?? 0);
  const what = 'change of throughput from the first to the last third of the measured time';
  return grade(thresholds, { name, value, what });
}

/** Replies of these may take 40 ms for reasons of their own. */
function takesItsTime(condition: Condition): boolean {
  const { cpuUs = 0, waitMs = 0 } = asksOf(condition);
  return cpuUs + waitMs > 0;
}

/** Linux delays an acknowledgement by 40 ms. */
const DELAYED_ACK_NS = { from: 38e6, to: 45e6 };
/** A mode is higher than its neighbours of the same width. */
const STANDS_OUT = 3;

/**
 * The share of replies that took 38 to 45 ms, when that is a mode of its own: the mark of Nagle's
 * algorithm waiting for a delayed acknowledgement.
 */
function delayedAckCheck(thresholds: Thresholds, service: Histogram): Check[] {
  const { from, to } = DELAYED_ACK_NS;
  const name = 'delayed_ack_percent';
  const what = 'of the replies took 38 to 45 ms, a mode of its own: delayed acknowledgements?';
  if (service.max < from || service.v2 === '') {
    return service.count === 0 ? [] : [grade(thresholds, { name, value: 0, what })];
  }
  const width = to - from;
  const [below, inside, above] = countsBetween(service, [from - width, from, to, to + width]);
  const standsOut = (inside ?? 0) > STANDS_OUT * Math.max(below ?? 0, above ?? 0);
  const value = standsOut ? (100 * (inside ?? 0)) / Math.max(service.count, 1) : 0;
  return [grade(thresholds, { name, value, what })];
}

/** Counts of a histogram between successive edges, ns. */
function countsBetween({ v2 }: Histogram, edges: readonly number[]): number[] {
  const histogram = decodeFromCompressedBase64(v2) as JsHistogram;
  const counts = edges.slice(1).map(() => 0);
  const values = histogram.recordedValuesIterator;
  values.reset();
  while (values.hasNext()) {
    const { valueIteratedTo: ns, countAddedInThisIterationStep: added } = values.next();
    const at = edges.findIndex((edge, i) => ns >= edge && ns < (edges[i + 1] ?? edge));
    if (at >= 0) counts[at] = (counts[at] ?? 0) + added;
  }
  return counts;
}
