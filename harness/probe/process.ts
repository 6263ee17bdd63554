/**
 * What /proc reports of a process between two instants: the waits of its threads, and what a server
 * that does not count itself leaves out.
 *
 * Files under task/ exist for live threads only: what a thread that ended had counted is lost, so
 * sums over threads are `partial`. Parsers are pure. Formats: proc(5), sched-stats.rst.
 */
import type { Measured } from '../results/schema.js';
import { type Pids, pidList, readThreads, TICKS_PER_SECOND } from './proc.js';
import {
  exact,
  growth,
  known,
  measuredFrom,
  numberIn,
  partial,
  type Reading,
  readParsed,
  sumKnown,
  unavailable,
  unknown,
} from './reading.js';

/** Thread id -> a count since the thread's start. */
type PerThread = ReadonlyMap<number, number>;

/** Time that the thread was runnable and had no CPU, ns: the second field of schedstat. */
export function parseRunDelay(schedstat: string): number | null {
  return numberIn(schedstat, /^\d+ (\d+) \d+\s*$/);
}

/** Moves to another CPU, from /proc/<pid>/task/<tid>/sched (kernels with CONFIG_SCHED_DEBUG). */
export function parseMigrations(sched: string): number | null {
  return numberIn(sched, /^se\.nr_migrations\s*:\s*(\d+)$/m);
}

export function parseVoluntary(status: string): number | null {
  return numberIn(status, /^voluntary_ctxt_switches:\s*(\d+)$/m);
}

export function parseInvoluntary(status: string): number | null {
  return numberIn(status, /^nonvoluntary_ctxt_switches:\s*(\d+)$/m);
}

/** Peak resident memory of this program, bytes. */
export function parsePeakRss(status: string): number | null {
  return numberIn(status, /^VmHWM:\s+(\d+) kB$/m, 1024);
}

interface CpuTimes {
  readonly userUs: number;
  readonly systemUs: number;
}

/** utime and stime of the whole process, ended threads included; its name may contain anything. */
export function parseCpuTimes(stat: string): CpuTimes | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Fields 14 and 15 of the line, which begins with a pid and a name.
  const [user, system] = [fields[11], fields[12]];
  if (user === undefined || system === undefined) return null;
  const us = 1e6 / TICKS_PER_SECOND;
  return { userUs: Number(user) * us, systemUs: Number(system) * us };
}

/** One count of every live thread. A thread that ends meanwhile is left out. */
export function readPerThread(
  pids: Pids,
  file: string,
  parse: (text: string) => number | null,
  threadsMax = Number.POSITIVE_INFINITY,
): Reading<PerThread> {
  const all = pidList(pids).map((pid) => perThreadOfOne(pid, file, parse, threadsMax));
  const [first = unknown('no process')] = all;
  if (all.length === 1 || !first.ok) return first;
  // Ids of threads are unique among all processes.
  return known(new Map(all.flatMap((one) => (one.ok ? [...one.value] : []))));
}

function perThreadOfOne(
  pid: number,
  file: string,
  parse: (text: string) => number | null,
  threadsMax: number,
): Reading<PerThread> {
  const threads = readThreads(pid);
  if (!threads.ok) return threads;
  const { length } = threads.value;
  if (length > threadsMax) {
    return unknown(`${length} threads; more than ${threadsMax} would take too long to read`);
  }
  const counts = new Map<number, number>();
  let why = `/proc/${pid}/task: no thread`;
  for (const tid of threads.value) {
    const count = readParsed(`/proc/${pid}/task/${tid}/${file}`, parse);
    if (count.ok) counts.set(tid, count.value);
    else why = count.why;
  }
  return counts.size === 0 ? unknown(why) : known(counts);
}

/** What the threads that are alive at the end counted since the first reading. Pure. */
export function threadGrowth(first: PerThread, last: PerThread): number {
  let sum = 0;
  for (const [tid, end] of last) {
    const start = first.get(tid) ?? 0;
    // An id whose counters start again from 0 belongs to a new thread.
    sum += end >= start ? end - start : end;
  }
  return sum;
}

const LIVE_ONLY = 'live threads only: what ended threads had counted is lost';

function threadDelta(
  first: Reading<PerThread>,
  last: Reading<PerThread>,
  source: string,
  unit = 1,
): Measured {
  if (!first.ok) return unavailable(source, first.why);
  return measuredFrom(last, source, (end) =>
    partial(threadGrowth(first.value, end) * unit, source, LIVE_ONLY),
  );
}

/** Readings of one instant. */
export interface ProcessState {
  readonly runDelayNs: Reading<PerThread>;
  readonly migrations: Reading<PerThread>;
}

/** The sched file takes some 20 us to write, and each thread has one. */
const SCHED_THREADS_MAX = 64;
/** Thousands of files are read for a part of a second, on the CPUs that are being measured. */
const SCHEDSTAT_THREADS_MAX = 2000;

/** A few us per thread: to be read outside of windows. */
export function readProcessState(pids: Pids): ProcessState {
  return {
    runDelayNs: readPerThread(pids, 'schedstat', parseRunDelay, SCHEDSTAT_THREADS_MAX),
    migrations: readPerThread(pids, 'sched', parseMigrations, SCHED_THREADS_MAX),
  };
}

/** Waits for a CPU and moves between CPUs. Pure. */
export function processDeltas(first: ProcessState, last: ProcessState): Record<string, Measured> {
  return {
    run_queue_wait_us: threadDelta(
      first.runDelayNs,
      last.runDelayNs,
      '/proc/<pid>/task/*/schedstat',
      1e-3,
    ),
    migrations: threadDelta(first.migrations, last.migrations, '/proc/<pid>/task/*/sched'),
  };
}

/** What replaces the rusage of a server that does not report it. */
export interface UsageState {
  readonly times: Reading<CpuTimes>;
  readonly voluntary: Reading<PerThread>;
  readonly involuntary: Reading<PerThread>;
  readonly peakRss: Reading<number>;
  /** Whose peaks are added up. */
  readonly processes?: number;
}

export function readUsage(pids: Pids): UsageState {
  const peaks = pidList(pids).map((pid) => readParsed(`/proc/${pid}/status`, parsePeakRss));
  return {
    times: readTimes(pidList(pids)),
    voluntary: readPerThread(pids, 'status', parseVoluntary),
    involuntary: readPerThread(pids, 'status', parseInvoluntary),
    peakRss: sumKnown(peaks),
    processes: peaks.length,
  };
}

function readTimes(pids: readonly number[]): Reading<CpuTimes> {
  const all = pids.map((pid) => readParsed(`/proc/${pid}/stat`, parseCpuTimes));
  const [first = unknown('no process')] = all;
  if (!first.ok) return first;
  const times = all.flatMap((one) => (one.ok ? [one.value] : []));
  const sum = (pick: (one: CpuTimes) => number) =>
    times.reduce((total, one) => total + pick(one), 0);
  return known({ userUs: sum((one) => one.userUs), systemUs: sum((one) => one.systemUs) });
}

const TICKS = 'in steps of 10 ms; the sum is right, its split into user and system is sampled';

const SUM_OF_PEAKS = 'the sum of several processes, each at its own time';

/** The entries that rusage would have given, by its names in `stats`. Pure. */
export function usageDeltas(first: UsageState, last: UsageState): Record<string, Measured> {
  const time = (pick: (times: CpuTimes) => number) => {
    const of = (reading: Reading<CpuTimes>) => (reading.ok ? known(pick(reading.value)) : reading);
    const source = '/proc/<pid>/stat';
    return growth(of(first.times), of(last.times), source, (us) => partial(us, source, TICKS));
  };
  const status = '/proc/<pid>/task/*/status';
  const peak = '/proc/<pid>/status VmHWM';
  return {
    user_cpu_us: time(({ userUs }) => userUs),
    system_cpu_us: time(({ systemUs }) => systemUs),
    voluntary_switches: threadDelta(first.voluntary, last.voluntary, status),
    involuntary_switches: threadDelta(first.involuntary, last.involuntary, status),
    max_rss_bytes: measuredFrom(last.peakRss, peak, (bytes) =>
      (last.processes ?? 1) === 1 ? exact(bytes, peak) : partial(bytes, peak, SUM_OF_PEAKS),
    ),
  };
}
