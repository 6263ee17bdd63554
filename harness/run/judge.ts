/**
 * From what was observed in a window to the fields of a trial: values, checks, status and reason.
 * Pure.
 */
import type { LoadClient, LoadWindow } from '../load/client.js';
import type { Rss } from '../probe/proc.js';
import type { Reading } from '../probe/reading.js';
import {
  type Check,
  inFlightMax,
  type Measured,
  type Slice,
  type Trial,
} from '../results/schema.js';
import {
  accountingCheck,
  errorsCheck,
  foreignCpuCheck,
  harnessCheck,
  machineChecks,
  noPortCheck,
  REQUEST_COUNTS,
  requestCountsCheck,
  statsUncertaintyCheck,
  stealCheck,
  sumOf,
  warmupCheck,
} from './checks.js';
import { type LoadSeen, loadChecks } from './checks-load.js';
import { measuredRss, measuredThreads } from './deltas.js';
import type { ServerFault } from './fault.js';
import type { Thresholds } from './grade.js';
import type { Warmup } from './traffic.js';
import type { TrialPlace } from './trial.js';
import type { Observation } from './window.js';

/** The part of a trial that a window decides. */
export type Outcome = Pick<
  Trial,
  | 'status'
  | 'reason'
  | 'window'
  | 'slices'
  | 'counts'
  | 'latency'
  | 'server'
  | 'machine'
  | 'client'
  | 'checks'
>;

export interface Evidence {
  readonly place: TrialPlace;
  readonly client: Pick<LoadClient, 'kind' | 'version'>;
  readonly observation: Observation;
  readonly window: LoadWindow;
  readonly rssReady: Reading<Rss>;
  readonly warmup: Warmup;
  readonly tenths: LoadSeen['tenths'];
  /** Of an interleaved trial; absent: one window. */
  readonly slices?: readonly Slice[];
  readonly thresholds: Thresholds;
  /** Set when the server did not end as it should. */
  readonly stopFault: ServerFault | undefined;
}

/** Values first, then what is wrong with them. */
export function judge(evidence: Evidence): Outcome {
  const { observation, window, rssReady, client, slices } = evidence;
  const counts = countsOf(window);
  const server = {
    ...observation.server,
    rss_bytes_ready: measuredRss(rssReady),
    rss_bytes: measuredRss(observation.rss),
    threads: measuredThreads(observation.threads),
  };
  const latency = {
    service: window.service,
    response: window.response ?? null,
    lateness: window.lateness ?? null,
  };
  const checks = checksOf(evidence, counts, latency, server);
  return {
    ...verdict(evidence, checks),
    window: {
      ...{ startNs: String(window.startNs), endNs: String(window.endNs) },
      ...(slices === undefined ? {} : { openNs: String(openNs(evidence)) }),
    },
    ...(slices === undefined ? {} : { slices: [...slices] }),
    counts,
    latency,
    server,
    machine: { ...observation.machine },
    client: {
      kind: client.kind,
      version: client.version,
      cpuUs: window.cpuUs,
      ...(window.threads === undefined ? {} : { threads: window.threads }),
      busyShare: window.busyShare ?? null,
      completedBetweenStats: observation.completedBetweenStats,
      requestsBetweenStats: divisor(observation, server, checks),
      statsIntervalNs: observation.statsIntervalNs,
    },
    checks,
  };
}

/** How long traffic was measured: between the slices of an interleaved trial it is not. */
function openNs({ window, slices }: Evidence): bigint {
  if (slices === undefined) return window.endNs - window.startNs;
  return slices.reduce((sum, { windowNs }) => sum + BigInt(windowNs), 0n);
}

function countsOf(window: LoadWindow): NonNullable<Trial['counts']> {
  const { completed, sent, ok, errors, timeouts, unfinished, bytesRead } = window;
  const { offered = null, starved = null } = window;
  const sums = { completed, sent, ok, errors: { ...errors }, timeouts, unfinished };
  return { ...sums, offered, starved, bytesRead };
}

/**
 * The server's own count belongs to the very instants of its rusage; the client's is off by what
 * was in flight. So the server's divides, once the client's has confirmed it.
 */
function divisor(
  { completedBetweenStats }: Observation,
  server: Trial['server'],
  checks: readonly Check[],
): Measured {
  const own = server.requests;
  const confirmed = checks.some(({ name, level }) => name === REQUEST_COUNTS && level === 'ok');
  if (own && own.value !== null && confirmed) return own;
  const why = confirmed ? 'the server does not count requests' : 'the counts of both sides differ';
  return { value: completedBetweenStats, source: 'client', quality: 'sampled', why };
}

function checksOf(
  evidence: Evidence,
  counts: NonNullable<Trial['counts']>,
  latency: NonNullable<Trial['latency']>,
  server: Trial['server'],
): Check[] {
  const { place, client, observation, window, warmup, tenths, thresholds } = evidence;
  const { completedBetweenStats: completed, uncertain, cpu, harnessUs, machine } = observation;
  const { condition } = place;
  const { cpuUs, busyShare = null, censored, threads } = window;
  const windowUs = Number(openNs(evidence)) / 1000;
  const counted = server.requests?.value ?? null;
  const slack = inFlightMax(condition) + uncertain;
  const load = { cpuUs, busyShare, censored, threads };
  const seen = { condition, windowUs, counts, latency, tenths, ...load };
  return [
    accountingCheck(thresholds, counts),
    errorsCheck(observation.errorsSinceStart),
    ...noPortCheck(thresholds, counts.errors),
    warmupCheck(warmup.completed, warmup.wanted),
    requestCountsCheck(thresholds, counted, completed, slack),
    statsUncertaintyCheck(thresholds, uncertain, completed, counted !== null),
    stealCheck(thresholds, cpu),
    foreignCpuCheck(thresholds, cpu, observation.oursUs),
    ...machineChecks(thresholds, machine),
    ...(client.kind === 'native' ? harnessCheck(thresholds, harnessUs, cpuUs.value, windowUs) : []),
    ...loadChecks(thresholds, seen),
  ];
}

/**
 * Under an open load requests go on coming whatever the server does, so above its capacity some
 * wait longer than the client does: that is a result of the load, and no fault of the server.
 * Requests sent before the window may be among them; the first error of all tells their kind.
 */
function onlyTimeouts({ place, window }: Evidence): boolean {
  if (place.condition.load.kind !== 'open' || sumOf(window.errors) > 0) return false;
  return window.firstError?.startsWith('timeout: ') ?? false;
}

/**
 * A fault of the server is a result and is kept as failed; figures that the environment spoilt or
 * that contradict each other are void. What the client's machine had no port for is no fault.
 */
function verdict(
  evidence: Evidence,
  checks: readonly Check[],
): { status: Trial['status']; reason?: string } {
  const { observation, window, stopFault } = evidence;
  const noPort = window.errors.no_port ?? 0;
  const failed = observation.errorsSinceStart > noPort || sumOf(window.errors) > noPort;
  if (failed && !onlyTimeouts(evidence)) {
    return { status: 'failed', reason: errorReason(window, observation.errorsSinceStart) };
  }
  if (window.completed === 0) {
    const slow = 'no reply was complete when the window closed, though bytes came';
    const hung = 'the server hung: it answered no request in the window';
    return { status: 'failed', reason: window.bytesRead > 0 ? slow : hung };
  }
  if (stopFault !== undefined) {
    const output = stopFault.output === '' ? '' : `; it last said: ${stopFault.output}`;
    return { status: 'failed', reason: `${stopFault.message}${output}` };
  }
  return statusOf(checks);
}

/** ok, or void with the first reason. */
export function statusOf(checks: readonly Check[]): { status: 'ok' | 'void'; reason?: string } {
  const spoilt = checks.find((check) => check.level === 'void');
  return spoilt === undefined ? { status: 'ok' } : { status: 'void', reason: spoilt.text };
}

function errorReason(window: LoadWindow, sinceStart: number): string {
  const kinds = Object.entries(window.errors).map(([kind, count]) => `${count} ${kind}`);
  const list = kinds.length === 0 ? '' : ` (in the window: ${kinds.join(', ')})`;
  return `${sinceStart} requests failed${list}; first: ${window.firstError ?? 'no details kept'}`;
}
