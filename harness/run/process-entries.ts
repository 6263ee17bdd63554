/**
 * What /proc says of a server's threads over its life, as entries of a trial: waits for a CPU and
 * moves between CPUs. Pure.
 *
 * The files are read once before the first slice and once after the last one, because thousands of
 * threads have thousands of files. Warm-ups are part of the difference, so it is scaled to the
 * requests of the windows.
 */
import { type ProcessState, processDeltas } from '../probe/process.js';
import type { Measured } from '../results/schema.js';
import { type Part, sum } from './merge.js';

interface Instant {
  readonly process: ProcessState;
}

const SCALED = 'counted over the whole life, warm-ups included, and scaled to the windows';

export function processEntries(
  before: Instant,
  after: Instant,
  parts: readonly Part[],
): Record<string, Measured> {
  const all = parts.at(-1)?.completedInAll ?? 0;
  const inWindows = sum(parts.map(({ seen }) => seen.completedBetweenStats));
  const share = all > 0 ? Math.min(1, inWindows / all) : 0;
  const entries = Object.entries(processDeltas(before.process, after.process));
  return Object.fromEntries(entries.map(([name, entry]) => [name, scaled(entry, share)]));
}

function scaled(entry: Measured, share: number): Measured {
  if (entry.value === null) return entry;
  const why = entry.why === undefined ? SCALED : `${entry.why}; ${SCALED}`;
  return { ...entry, value: entry.value * share, quality: 'partial', why };
}
