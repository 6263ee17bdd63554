/**
 * The slices of an interleaved trial as one window: sums, and the last where a sum says nothing.
 * Pure.
 */
import type { LoadWindow } from '../load/client.js';
import { mergedHistogram } from '../load/histogram.js';
import type { Measured, Slice } from '../results/schema.js';
import { isLevel } from './deltas.js';
import type { Warmup } from './traffic.js';
import { type Seen, serverCpuUs } from './window.js';

/** One window with traffic of its own. */
export interface Part {
  readonly seen: Seen;
  readonly window: LoadWindow;
  readonly warmup: Warmup;
  /** Errors of the client in its whole life. */
  readonly errors: number;
}

export function sliceOf({ seen, window }: Part): Slice {
  return {
    windowNs: Number(window.endNs - window.startNs),
    completed: window.completed,
    requests: seen.server.requests?.value ?? seen.completedBetweenStats,
    cpuUs: serverCpuUs(seen.server),
    p99Ns: window.service.count === 0 ? null : window.service.p99,
  };
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

/** Null as soon as one is. */
function summed(all: readonly Measured[]): Measured {
  const unknown = all.find(({ value }) => value === null);
  if (unknown !== undefined) return unknown;
  const worst = all.find(({ quality }) => quality !== 'exact') ?? (all[0] as Measured);
  return { ...worst, value: sum(all.map(({ value }) => value ?? 0)) };
}

/** From the first start to the last end; a closed load, so nothing that only open ones have. */
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
    ...(first.threads === undefined ? {} : { threads: first.threads }),
    cpuUs: summed(windows.map(({ cpuUs }) => cpuUs)),
    ...(firstError === undefined ? {} : { firstError }),
  };
}

function mergedErrors(windows: readonly LoadWindow[]): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const { errors } of windows) {
    for (const [kind, count] of Object.entries(errors)) merged[kind] = (merged[kind] ?? 0) + count;
  }
  return merged;
}

/** The one with the fewest replies stands for all. */
export function leastWarmup(warmups: readonly Warmup[]): Warmup {
  return warmups.reduce((least, one) => (one.completed < least.completed ? one : least));
}

export function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
