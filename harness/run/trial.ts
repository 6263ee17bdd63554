/**
 * From the slices of a life to the fields of a trial: values, checks, status and reason.
 * Pure.
 */
import type { LoadClient, LoadWindow } from '../load/client.js';
import { given } from '../optional.js';
import type { Rss } from '../probe/proc.js';
import type { Reading } from '../probe/reading.js';
import { type Check, inFlightMax, type Measured, type Trial } from '../results/schema.js';
import type { ServerFault } from '../server/fault.js';
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
import { loadChecks } from './checks-load.js';
import { measuredRss, measuredThreads } from './deltas.js';
import { statusOf, type Thresholds } from './grade.js';
import { firstWarmup, mergedServer, mergedWindow, type Part, sliceOf, sum } from './merge.js';
import type { Place } from './place.js';
import type { Span } from './span.js';
import type { Tenths } from './window.js';

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

/** What is read in the last slice, while connections are open, and before the first. */
export interface AtEnd {
  readonly rssReady: Reading<Rss>;
  readonly rss: Reading<Rss>;
  readonly threads: Reading<readonly number[]>;
  readonly pss: Measured;
}

export interface Lived {
  readonly place: Place;
  readonly client: Pick<LoadClient, 'kind' | 'version'>;
  readonly thresholds: Thresholds;
  /** Its slices, in the order in which they were measured. */
  readonly parts: readonly Part[];
  readonly atEnd: AtEnd;
  /** Entries from /proc. */
  readonly process: Readonly<Record<string, Measured>>;
  readonly span: Span;
  /** Set when the server did not end as it should. */
  readonly stopFault: ServerFault | undefined;
}

/** The slices as one. */
interface Whole extends Lived {
  readonly window: LoadWindow;
  readonly windowNs: number;
  readonly server: Trial['server'];
  readonly completedBetweenStats: number;
  readonly uncertain: number;
  readonly harnessUs: number;
  readonly errorsSinceStart: number;
}

/** Values first, then what is wrong with them. */
export function outcomeOf(lived: Lived): Outcome {
  const whole = wholeOf(lived);
  const { window, client, server, parts, span } = whole;
  const counts = countsOf(window);
  const latency = {
    service: window.service,
    response: window.response ?? null,
    lateness: window.lateness ?? null,
  };
  const checks = checksOf(whole, counts, latency);
  return {
    ...verdict(whole, checks),
    window: {
      startNs: String(window.startNs),
      endNs: String(window.endNs),
      ...(parts.length === 1 ? {} : { openNs: String(whole.windowNs) }),
    },
    slices: parts.map(sliceOf),
    counts,
    latency,
    server,
    machine: { ...span.machine },
    client: {
      kind: client.kind,
      version: client.version,
      cpuUs: window.cpuUs,
      ...given({ threads: window.threads }),
      busyShare: window.busyShare ?? null,
      completedBetweenStats: whole.completedBetweenStats,
      requestsBetweenStats: divisor(whole, checks),
      statsIntervalNs: sum(parts.map(({ seen }) => seen.lastNs - seen.firstNs)),
    },
    checks,
  };
}

function wholeOf(lived: Lived): Whole {
  const { parts, atEnd, process } = lived;
  const seen = parts.map((part) => part.seen);
  return {
    ...lived,
    window: mergedWindow(parts.map(({ window }) => window)),
    windowNs: sum(parts.map(({ window }) => Number(window.endNs - window.startNs))),
    server: {
      pss_bytes: atEnd.pss,
      ...process,
      ...mergedServer(seen.map(({ server }) => server)),
      rss_bytes_ready: measuredRss(atEnd.rssReady),
      rss_bytes: measuredRss(atEnd.rss),
      threads: measuredThreads(atEnd.threads),
    },
    completedBetweenStats: sum(seen.map((one) => one.completedBetweenStats)),
    uncertain: sum(seen.map((one) => one.uncertain)),
    harnessUs: sum(seen.map((one) => one.harnessUs)),
    errorsSinceStart: parts.at(-1)?.errors ?? 0,
  };
}

function countsOf(window: LoadWindow): NonNullable<Trial['counts']> {
  const { completed, sent, ok, errors, timeouts, unfinished, bytesRead } = window;
  const { offered = null, starved = null } = window;
  const sums = { completed, sent, ok, errors: { ...errors }, timeouts, unfinished };
  return { ...sums, offered, starved, bytesRead };
}

/**
 * The server's own count is of the same instants as its rusage; the client's differs by the
 * requests in flight. So the server's is the divisor, once the client's has confirmed it.
 */
function divisor({ completedBetweenStats, server }: Whole, checks: readonly Check[]): Measured {
  const own = server.requests;
  const confirmed = checks.some(({ name, level }) => name === REQUEST_COUNTS && level === 'ok');
  if (own && own.value !== null && confirmed) return own;
  const why = confirmed ? 'the server does not count requests' : 'the counts of both sides differ';
  return { value: completedBetweenStats, source: 'client', quality: 'sampled', why };
}

function checksOf(
  whole: Whole,
  counts: NonNullable<Trial['counts']>,
  latency: NonNullable<Trial['latency']>,
): Check[] {
  const { place, client, thresholds, window, server, span, parts } = whole;
  const { completedBetweenStats: completed, uncertain, harnessUs } = whole;
  const { condition } = place;
  const warmup = firstWarmup(parts);
  const { cpuUs, busyShare = null, censored, threads } = window;
  const windowUs = whole.windowNs / 1000;
  const counted = server.requests?.value ?? null;
  // At either end of each slice.
  const slack = parts.length * inFlightMax(condition) + uncertain;
  const load = { cpuUs, busyShare, censored, threads };
  const seen = { condition, windowUs, counts, latency, pace: paceOf(parts), ...load };
  return [
    accountingCheck(thresholds, counts),
    errorsCheck(whole.errorsSinceStart),
    ...noPortCheck(thresholds, counts.errors),
    warmupCheck(warmup.completed, warmup.wanted),
    requestCountsCheck(thresholds, counted, completed, slack),
    statsUncertaintyCheck(thresholds, uncertain, completed, counted !== null),
    stealCheck(thresholds, span.cpu),
    foreignCpuCheck(thresholds, span.cpu, span.oursUs),
    ...machineChecks(thresholds, span.machine),
    ...(client.kind === 'native' ? harnessCheck(thresholds, harnessUs, cpuUs.value, windowUs) : []),
    ...loadChecks(thresholds, seen),
  ];
}

/**
 * From so many slices on, their order shows whether a server became slower or faster in its life.
 */
const FEWEST_SLICES = 6;

/** Replies in successive parts of the time in which the life was measured. */
function paceOf(parts: readonly Part[]): Tenths {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first.tenths;
  if (parts.length < FEWEST_SLICES) return { why: `fewer than ${FEWEST_SLICES} slices` };
  return parts.map(({ window }) => window.completed);
}

/**
 * An open load sends whatever the server does, so above its capacity some requests time out: a
 * result of the load, and no fault of the server. Requests sent before the window may be among
 * them; the first error of all shows their kind.
 */
function onlyTimeouts({ place, window }: Whole): boolean {
  if (place.condition.load.kind !== 'open' || sumOf(window.errors) > 0) return false;
  return window.firstError?.startsWith('timeout: ') ?? false;
}

/**
 * A fault of the server is a result and is kept as failed; figures that the environment spoilt or
 * that contradict each other are void. A lack of ports on the client's machine is no fault.
 */
function verdict(
  whole: Whole,
  checks: readonly Check[],
): { status: Trial['status']; reason?: string } {
  const { window, stopFault, errorsSinceStart } = whole;
  const noPort = window.errors.no_port ?? 0;
  const failed = errorsSinceStart > noPort || sumOf(window.errors) > noPort;
  if (failed && !onlyTimeouts(whole)) {
    return { status: 'failed', reason: errorReason(window, errorsSinceStart) };
  }
  if (window.completed === 0) {
    const slow = 'no reply was complete when the window closed, though bytes came';
    const hung = 'the server hung: it answered no request in the window';
    return { status: 'failed', reason: window.bytesRead > 0 ? slow : hung };
  }
  if (window.unanswered > 0 && !failed) {
    return { status: 'failed', reason: unansweredReason(window.unanswered) };
  }
  if (stopFault !== undefined) {
    const output = stopFault.output === '' ? '' : `; it last said: ${stopFault.output}`;
    return { status: 'failed', reason: `${stopFault.message}${output}` };
  }
  return statusOf(checks);
}

/** No load sends more while it waits for these, so a working server has the time. */
function unansweredReason(unanswered: number): string {
  const requests = unanswered === 1 ? 'request' : 'requests';
  return `${unanswered} ${requests} had no reply when traffic had stopped for a second or more`;
}

function errorReason(window: LoadWindow, sinceStart: number): string {
  const kinds = Object.entries(window.errors).map(([kind, count]) => `${count} ${kind}`);
  const list = kinds.length === 0 ? '' : ` (in the window: ${kinds.join(', ')})`;
  return `${sinceStart} requests failed${list}; first: ${window.firstError ?? 'no details kept'}`;
}
