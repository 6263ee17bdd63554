/** The slices of a life as one window: sums, and the last where a sum says nothing. Pure. */
import type { Censored, LoadWindow } from '../load/client.js';
import { mergedHistogram } from '../load/histogram.js';
import { given } from '../optional.js';
import type { Histogram, Measured, Slice } from '../results/schema.js';
import { isLevel } from './deltas.js';
import type { Warmup } from './traffic.js';
import { type Seen, serverCpuUs, type Tenths } from './window.js';

/** One window with traffic of its own. */
export interface Part {
  readonly round: number;
  readonly leg: number;
  readonly seen: Seen;
  readonly window: LoadWindow;
  readonly warmup: Warmup;
  /** Errors of the client, and replies to it, from the start of the life on. */
  readonly errors: number;
  readonly completedInAll: number;
  readonly tenths: Tenths;
}

/** Keys of stats lines: the calls in which a server waits for events. */
const WAITS = ['epoll_waits', 'ring_enters'];

export function sliceOf({ round, leg, seen, window }: Part): Slice {
  return {
    round,
    leg,
    windowNs: Number(window.endNs - window.startNs),
    completed: window.completed,
    requests: seen.server.requests?.value ?? seen.completedBetweenStats,
    cpuUs: serverCpuUs(seen.server),
    clientCpuUs: window.cpuUs.value,
    waits: waitsOf(seen.server),
    // Of an open load the tail of the whole life is what counts.
    p99Ns: isOpen(window) || window.service.count === 0 ? null : window.service.p99,
  };
}

function waitsOf(server: Seen['server']): number | null {
  const counted = WAITS.flatMap((key) => server[key]?.value ?? []);
  return counted.length === 0 ? null : sum(counted);
}

function isOpen({ response }: LoadWindow): boolean {
  return response !== undefined;
}

/** Counters of the server in all parts; levels as they were in the last. */
export function mergedServer(parts: readonly Seen['server'][]): Record<string, Measured> {
  const [first = {}] = parts;
  const last = parts.at(-1) ?? {};
  return Object.fromEntries(
    Object.keys(first).map((key) => {
      const all = parts.map((part) => part[key] ?? missing(key));
      return [key, isLevel(key) ? (last[key] ?? missing(key)) : summed(all)];
    }),
  );
}

function missing(key: string): Measured {
  const why = `a slice lacks ${key}`;
  return { value: null, source: 'server', quality: 'unavailable', why };
}

/** Null when any is null. */
function summed(all: readonly Measured[]): Measured {
  const unknown = all.find(({ value }) => value === null);
  if (unknown !== undefined) return unknown;
  const worst = all.find(({ quality }) => quality !== 'exact') ?? (all[0] as Measured);
  return { ...worst, value: sum(all.map(({ value }) => value ?? 0)) };
}

/** From the first start to the last end. */
export function mergedWindow(windows: readonly LoadWindow[]): LoadWindow {
  const [first] = windows;
  const last = windows.at(-1);
  if (first === undefined || last === undefined) throw new Error('no windows');
  const firstError = windows.find((one) => one.firstError !== undefined)?.firstError;
  const total = (read: (window: LoadWindow) => number) => sum(windows.map(read));
  return {
    startNs: first.startNs,
    endNs: last.endNs,
    completed: total(({ completed }) => completed),
    sent: total(({ sent }) => sent),
    ok: total(({ ok }) => ok),
    errors: mergedErrors(windows),
    unfinished: total(({ unfinished }) => unfinished),
    unanswered: total(({ unanswered }) => unanswered),
    timeouts: total(({ timeouts }) => timeouts),
    bytesRead: total(({ bytesRead }) => bytesRead),
    service: mergedHistogram(windows.map(({ service }) => service)),
    ...openFields(windows),
    ...given({ threads: first.threads }),
    cpuUs: summed(windows.map(({ cpuUs }) => cpuUs)),
    ...given({ firstError }),
  };
}

/** What only the windows of an open load have. */
function openFields(
  windows: readonly LoadWindow[],
): Pick<LoadWindow, 'offered' | 'starved' | 'response' | 'lateness' | 'busyShare' | 'censored'> {
  const responses = present(windows, ({ response }) => response);
  if (responses.length < windows.length) return {};
  const shares = present(windows, ({ busyShare }) => busyShare);
  const censored = present(windows, (window) => window.censored);
  return {
    offered: sum(present(windows, ({ offered }) => offered)),
    starved: sum(present(windows, ({ starved }) => starved)),
    response: mergedHistogram(responses),
    lateness: mergedHistogram(present(windows, ({ lateness }) => lateness)),
    ...(shares.length === 0 ? {} : { busyShare: meanOf(shares) }),
    ...(censored.length === 0 ? {} : { censored: mergedCensored(censored, responses) }),
  };
}

function present<T>(
  windows: readonly LoadWindow[],
  read: (window: LoadWindow) => T | undefined,
): T[] {
  return windows.flatMap((window) => read(window) ?? []);
}

/** Of windows of the same length. */
function meanOf(shares: readonly Measured[]): Measured {
  const all = summed(shares);
  return all.value === null ? all : { ...all, value: all.value / shares.length };
}

/** A quantile of all requests lies between the smallest and the largest one of the parts. */
function mergedCensored(parts: readonly Censored[], responses: readonly Histogram[]): Censored {
  const oldest = parts.flatMap(({ oldestNs }) => oldestNs ?? []);
  const bounds = parts.map(({ responseP99Ns }, i) => {
    const p99 = responses[i]?.p99 ?? 0;
    return responseP99Ns ?? { lo: p99, hi: p99 };
  });
  const highest = bounds.map(({ hi }) => hi ?? Number.POSITIVE_INFINITY);
  const hi = Math.max(...highest);
  return {
    count: sum(parts.map(({ count }) => count)),
    oldestNs: oldest.length === 0 ? null : Math.max(...oldest),
    responseP99Ns: {
      lo: Math.min(...bounds.map(({ lo }) => lo)),
      hi: Number.isFinite(hi) ? hi : null,
    },
    movesP99: parts.some(({ movesP99 }) => movesP99),
  };
}

function mergedErrors(windows: readonly LoadWindow[]): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const { errors } of windows) {
    for (const [kind, count] of Object.entries(errors)) merged[kind] = (merged[kind] ?? 0) + count;
  }
  return merged;
}

/** The warm-up before the first window counts for all: the others use what it has warmed. */
export function firstWarmup([first]: readonly Part[]): Warmup {
  if (first === undefined) throw new Error('no slices');
  return first.warmup;
}

export function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
