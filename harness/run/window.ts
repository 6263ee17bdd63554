/**
 * The measured window of a trial: what is read, in which order.
 *
 *     process, machine, snapshot, stats, counters, snapshot
 *     open window … sleep … close window
 *     snapshot, stats, counters, snapshot, machine, process, memory
 *
 * The stats interval thus contains the window and little else; what takes long to read stands
 * outside of it. Between open and close the harness only sleeps: one timer, no polling, nothing
 * allocated.
 *
 * An interleaved trial (interleaved.ts) has several windows; what stands outside is read once.
 */
import type { LoadSession, LoadSnapshot } from '../load/client.js';
import { type CpuUse, cpuUse } from '../probe/cpu-share.js';
import { machineDeltas, readMachineState } from '../probe/machine-state.js';
import type { PerfReadings } from '../probe/perf.js';
import { type Rss, readPss, readRss, readThreads } from '../probe/proc.js';
import { processDeltas, readProcessState, readUsage, type UsageState } from '../probe/process.js';
import type { Reading } from '../probe/reading.js';
import type { Measured } from '../results/schema.js';
import { lacksUsage, type Stats } from './control.js';
import { counterEntries } from './counters.js';
import { type Bracket, countAt, measuredPss, statsDeltas, usageEntries } from './deltas.js';
import type { Server } from './server.js';

/** What happened between the two stats lines of a window. */
export interface Seen {
  /** The instants of the lines, CLOCK_MONOTONIC, ns. */
  readonly firstNs: number;
  readonly lastNs: number;
  readonly completedBetweenStats: number;
  /** By how many requests that may be off. */
  readonly uncertain: number;
  /** CPU time of the harness process, load generator included. */
  readonly harnessUs: number;
  /** What the server did, by its own lines and what stands in for them. */
  readonly server: Readonly<Record<string, Measured>>;
}

/** The same with everything read around it. */
export interface Observation extends Omit<Seen, 'firstNs' | 'lastNs'> {
  readonly statsIntervalNs: number;
  /** Errors of the client since its start. */
  readonly errorsSinceStart: number;
  readonly cpu: Reading<CpuUse>;
  /** CPU time of servers, harness and kernel threads in that time, us; null: not known. */
  readonly oursUs: number | null;
  /** Memory and threads at the end, connections still open. */
  readonly rss: Reading<Rss>;
  readonly threads: Reading<readonly number[]>;
  /** What the machine did meanwhile. */
  readonly machine: Readonly<Record<string, Measured>>;
}

export interface WindowTools {
  readonly server: Server;
  readonly session: LoadSession;
  /** Every CPU of the trial, the server's and the client's. */
  readonly cpus: readonly number[];
  /** Sleeps for the window; rejects when the server dies or the run is interrupted. */
  readonly sleepWindow: () => Promise<void>;
  /** Lets an answer of the server end early for the same reasons. */
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

/** The same with what stands around it. */
export async function observeWindow(tools: WindowTools): Promise<Observation & Seen> {
  const { server, session, cpus } = tools;
  const processBefore = readProcessState(server.pids);
  const machineBefore = readMachineState(server.pid);
  const seen = await seeWindow(tools);
  const machineAfter = readMachineState(server.pid);
  const processAfter = readProcessState(server.pids);
  const machine = machineDeltas(machineBefore, machineAfter, cpus);
  return {
    ...seen,
    statsIntervalNs: seen.lastNs - seen.firstNs,
    errorsSinceStart: session.snapshot().errors,
    cpu: cpuUse(machineBefore.ticks, machineAfter.ticks, cpus),
    oursUs: oursUs(serverCpuUs(seen.server), seen.harnessUs, machine),
    rss: readRss(server.pids),
    threads: readThreads(server.pids),
    server: {
      pss_bytes: measuredPss(readPss(server.pids)),
      ...processDeltas(processBefore, processAfter),
      ...seen.server,
    },
    machine,
  };
}

/** User and system time together, us; null when it is not known. */
export function serverCpuUs(server: Seen['server']): number | null {
  const user = server.user_cpu_us?.value ?? null;
  const system = server.system_cpu_us?.value ?? null;
  return user === null || system === null ? null : user + system;
}

/**
 * CPU time of servers and harness, and of the kernel's threads, where they can be seen: mostly
 * these two keep them busy. Null when the servers' is unknown.
 */
export function oursUs(
  serversUs: number | null,
  harnessUs: number,
  machine: Observation['machine'],
): number | null {
  const kernelUs = machine.kernel_threads_us?.value ?? 0;
  return serversUs === null ? null : serversUs + harnessUs + kernelUs;
}

/** Everything that belongs to the instant of one stats line. */
export interface Counted {
  readonly stats: Stats;
  readonly completed: number;
  readonly uncertain: number;
  /** What stands in for the rusage that the line lacks. */
  readonly usage?: UsageState;
  /** The kernel's counters, of a server that was started under them. */
  readonly counters?: PerfReadings;
}

/** One stats line, and the client's count at the instant of that line. */
async function counted({ server, session, step }: WindowTools): Promise<Counted> {
  const before = session.snapshot();
  const stats = await step(server.stats());
  const counters = server.counters();
  const told = {
    stats,
    ...(counters === undefined ? {} : { counters }),
    ...(lacksUsage(stats) ? { usage: readUsage(server.pids) } : {}),
  };
  const recorded = session.completedAt?.(BigInt(stats.monotonic_ns));
  if (recorded) return { ...told, ...recorded };
  const after = session.snapshot();
  const bracket = bracketOf(before, after);
  return {
    ...told,
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
