/** What a server did between two `stats` lines, as measured values. Pure. */
import type { Rss } from '../probe/proc.js';
import { type UsageState, usageDeltas } from '../probe/process.js';
import { exact as exactly, measuredFrom, type Reading } from '../probe/reading.js';
import type { Measured, Trial } from '../results/schema.js';
import { RUSAGE_KEYS, type Stats } from '../server/control.js';

/** Levels, not counters: their value is the one at the end of the window. */
const LEVELS = new Set(['max_rss_bytes', 'connections_open']);
/** Whether a key of `stats` is a level. */
export function isLevel(key: string): boolean {
  return LEVELS.has(key);
}
/** The instant of the line: it becomes client.statsIntervalNs. */
const INSTANT = 'monotonic_ns';
/** Counters that metrics are made of and that a server may leave out. */
const WANTED = ['syscalls', 'requests'];

/** Every numeric key of both lines: counters as differences, levels as they were at the end. */
export function statsDeltas(first: Stats, last: Stats): Trial['server'] {
  const deltas: Trial['server'] = {};
  for (const [key, end] of Object.entries(last)) {
    if (key === INSTANT || typeof end !== 'number') continue;
    deltas[key] = LEVELS.has(key) ? exact(key, end) : difference(key, first[key], end);
  }
  for (const key of WANTED) {
    if (!(key in deltas)) deltas[key] = absent(key, `the server does not count ${key}`);
  }
  return deltas;
}

function difference(key: string, start: unknown, end: number): Measured {
  if (typeof start !== 'number') return absent(key, `the first stats line had no ${key}`);
  if (end < start) return absent(key, `the counter went backwards, from ${start} to ${end}`);
  return exact(key, end - start);
}

function sourceOf(key: string): string {
  return RUSAGE_KEYS.some((name) => name === key) ? 'rusage' : 'server';
}

function exact(key: string, value: number): Measured {
  return { value, source: sourceOf(key), quality: 'exact' };
}

function absent(key: string, why: string): Measured {
  return { value: null, source: sourceOf(key), quality: 'unavailable', why };
}

/** A stats line and what replaces the rusage that it lacks. */
interface StatsReading {
  readonly stats: Stats;
  readonly usage?: UsageState;
}

/** Entries from /proc for the rusage keys that a server's lines lack; none when they lack none. */
export function usageEntries(first: StatsReading, last: StatsReading): Trial['server'] {
  if (first.usage === undefined || last.usage === undefined) return {};
  const entries = Object.entries(usageDeltas(first.usage, last.usage));
  return Object.fromEntries(entries.filter(([key]) => last.stats[key] === undefined));
}

/** Proportional memory as a measured value. */
export function measuredPss(reading: Reading<number>): Measured {
  const source = 'smaps_rollup';
  return measuredFrom(reading, source, (bytes) => exactly(bytes, source));
}

/** Resident memory as a measured value. */
export function measuredRss(reading: Reading<Rss>): Measured {
  if (!reading.ok) {
    return { value: null, source: 'smaps_rollup', quality: 'unavailable', why: reading.why };
  }
  const { bytes, ...how } = reading.value;
  return { value: bytes, ...how };
}

/** Live threads of the server at the end of the window. */
export function measuredThreads(reading: Reading<readonly number[]>): Measured {
  const source = '/proc/<pid>/task';
  if (!reading.ok) return { value: null, source, quality: 'unavailable', why: reading.why };
  return { value: reading.value.length, source, quality: 'exact' };
}

/** A count of the client taken just before and just after an instant of the server. */
export interface Bracket {
  readonly beforeNs: number;
  readonly afterNs: number;
  readonly before: number;
  readonly after: number;
}

/**
 * The client's count at the server's instant: on the line between the two snapshots, which share
 * the server's clock. An instant outside of them, from a server with a clock of its own, gets the
 * middle.
 */
export function countAt(bracket: Bracket, instantNs: number): number {
  const { beforeNs, afterNs, before, after } = bracket;
  const inside = instantNs >= beforeNs && instantNs <= afterNs && afterNs > beforeNs;
  const share = inside ? (instantNs - beforeNs) / (afterNs - beforeNs) : 0.5;
  return before + share * (after - before);
}
