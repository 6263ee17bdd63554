/**
 * The measured window of a slice: what is read, in which order.
 *
 *     snapshot, stats, counters, snapshot
 *     open window … sleep … close window
 *     snapshot, stats, counters, snapshot
 *
 * So the stats interval contains the window and little else. Between open and close the harness
 * only sleeps: one timer, no polling, nothing allocated.
 */
import type { LoadSession, LoadSnapshot } from '../load/client.js';
import { given } from '../optional.js';
import type { PerfReadings } from '../probe/perf.js';
import { readUsage, type UsageState } from '../probe/process.js';
import type { Measured } from '../results/schema.js';
import { lacksUsage, type Stats } from '../server/control.js';
import type { Server } from '../server/server.js';
import { counterEntries } from './counters.js';
import { type Bracket, countAt, statsDeltas, usageEntries } from './deltas.js';

/** What happened between the two stats lines of a window. */
export interface Seen {
  /** The instants of the lines, CLOCK_MONOTONIC, ns. */
  readonly firstNs: number;
  readonly lastNs: number;
  readonly completedBetweenStats: number;
  /** The error of that count, in requests. */
  readonly uncertain: number;
  /** CPU time of the harness process, load generator included. */
  readonly harnessUs: number;
  /** What the server did, by its own lines and what replaces them. */
  readonly server: Readonly<Record<string, Measured>>;
}

export interface WindowTools {
  readonly server: Server;
  readonly session: LoadSession;
  /** Sleeps for the window; rejects when the server dies or the run is interrupted. */
  readonly sleepWindow: () => Promise<void>;
  /** Stops waiting for the server's answer for the same reasons. */
  readonly step: <T>(promise: Promise<T>) => Promise<T>;
}

/** Measures one window. Rejects with ServerFault or Interrupted. */
export async function seeWindow(tools: WindowTools): Promise<Seen> {
  const { session } = tools;
  const harnessBefore = process.cpuUsage();
  const start = await counted(tools);
  session.openWindow();
  await tools.sleepWindow();
  session.closeWindow();
  const end = await counted(tools);
  const harness = process.cpuUsage(harnessBefore);
  return {
    firstNs: start.stats.monotonic_ns,
    lastNs: end.stats.monotonic_ns,
    completedBetweenStats: end.completed - start.completed,
    uncertain: start.uncertain + end.uncertain,
    harnessUs: harness.user + harness.system,
    server: {
      ...statsDeltas(start.stats, end.stats),
      ...usageEntries(start, end),
      ...counterEntries(start, end),
    },
  };
}

/** User and system time together, us; null when it is not known. */
export function serverCpuUs(server: Seen['server']): number | null {
  const user = server.user_cpu_us?.value ?? null;
  const system = server.system_cpu_us?.value ?? null;
  return user === null || system === null ? null : user + system;
}

/** Everything that belongs to the instant of one stats line. */
export interface Counted {
  readonly stats: Stats;
  readonly completed: number;
  readonly uncertain: number;
  /** What replaces the rusage that the line lacks. */
  readonly usage?: UsageState;
  /** The kernel's counters, of a server that was started under them. */
  readonly counters?: PerfReadings;
}

/** One stats line, and the client's count at the instant of that line. */
async function counted({ server, session, step }: WindowTools): Promise<Counted> {
  const before = session.snapshot();
  const stats = await step(server.stats());
  const counters = server.counters();
  const reading = {
    stats,
    ...given({ counters }),
    ...(lacksUsage(stats) ? { usage: readUsage(server.pids) } : {}),
  };
  const recorded = session.completedAt?.(BigInt(stats.monotonic_ns));
  if (recorded) return { ...reading, ...recorded };
  const after = session.snapshot();
  const bracket = bracketOf(before, after);
  return {
    ...reading,
    completed: countAt(bracket, stats.monotonic_ns),
    uncertain: (after.completed - before.completed) / 2,
  };
}

function bracketOf(before: LoadSnapshot, after: LoadSnapshot): Bracket {
  return {
    beforeNs: Number(before.monotonicNs),
    afterNs: Number(after.monotonicNs),
    before: before.completed,
    after: after.completed,
  };
}

const TENTHS = 10;

/** Replies in each tenth of a window, in order; or why they are not known. */
export type Tenths = readonly number[] | { readonly why: string };

/**
 * Replies in each tenth of the time between two instants of CLOCK_MONOTONIC, ns: the stats lines,
 * which enclose the window closely.
 */
export function tenthsBetween(
  session: Pick<LoadSession, 'completedAt'>,
  startNs: number,
  endNs: number,
): Tenths {
  const counts: number[] = [];
  for (let edge = 0; edge <= TENTHS; edge += 1) {
    const instant = BigInt(startNs) + (BigInt(endNs - startNs) * BigInt(edge)) / BigInt(TENTHS);
    const at = session.completedAt?.(instant);
    if (at === undefined) return { why: 'this client keeps no record of when replies came' };
    if (at === null) return { why: "the client's record of replies does not reach back so far" };
    counts.push(at.completed);
  }
  return counts.slice(1).map((count, i) => count - (counts[i] as number));
}
