/**
 * Readers of /proc: memory and threads of a process, CPU times of the machine.
 *
 * Parsers are pure and take the file's text; readers take a pid and give a Reading. Formats:
 * proc(5).
 */
import { readdirSync } from 'node:fs';
import { parseCpuList } from './cpus.js';
import {
  isSystemError,
  known,
  numberIn,
  type Reading,
  readParsed,
  sumKnown,
  unknown,
} from './reading.js';

/** One CPU's line of /proc/stat, in ticks of 1/100 s since boot. */
export interface CpuTicks {
  readonly user: number;
  readonly nice: number;
  readonly system: number;
  readonly idle: number;
  readonly iowait: number;
  readonly irq: number;
  readonly softirq: number;
  readonly steal: number;
}

/** USER_HZ: the unit of /proc/stat, 100 on every architecture that Node supports on Linux. */
export const TICKS_PER_SECOND = 100;

const CPU_LINE = /^cpu(\d+) ([\d ]+)$/;

/** CPU number -> ticks; the machine's total line is left out. null when no CPU line is there. */
export function parseCpuTicks(stat: string): ReadonlyMap<number, CpuTicks> | null {
  const cpus = new Map<number, CpuTicks>();
  for (const line of stat.split('\n')) {
    const match = CPU_LINE.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const ticks = match[2].split(' ').map(Number);
    const at = (index: number) => ticks[index] ?? 0;
    cpus.set(Number(match[1]), {
      user: at(0),
      nice: at(1),
      system: at(2),
      idle: at(3),
      iowait: at(4),
      irq: at(5),
      softirq: at(6),
      steal: at(7),
    });
  }
  return cpus.size === 0 ? null : cpus;
}

/** Resident set in bytes from smaps_rollup, which counts pages and is exact. */
export function parseSmapsRollupRss(text: string): number | null {
  return numberIn(text, /^Rss:\s+(\d+) kB$/m, 1024);
}

/** Resident set in pages from statm. */
export function parseStatmRssPages(text: string): number | null {
  return numberIn(text, /^\d+ (\d+)( \d+){5}\s*$/);
}

/** The CPUs a task may use, from its status file. */
export function parseAllowedCpus(status: string): readonly number[] | null {
  const match = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status);
  return match?.[1] === undefined ? null : parseCpuList(match[1]);
}

/** The soft limit of open files from /proc/<pid>/limits; Infinity when unlimited. */
export function parseOpenFilesLimit(limits: string): number | null {
  const match = /^Max open files\s+(\d+|unlimited)\s/m.exec(limits);
  if (match?.[1] === undefined) return null;
  return match[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(match[1]);
}

/** Resident set with shared pages divided among those who share them, bytes. */
function parseSmapsRollupPss(text: string): number | null {
  return numberIn(text, /^Pss:\s+(\d+) kB$/m, 1024);
}

export interface Rss {
  readonly bytes: number;
  readonly source: string;
  readonly quality: 'exact' | 'partial';
  readonly why?: string;
}

const PAGE_BYTES_X86_64 = 4096;

/** One process, or several that are one server. */
export type Pids = number | readonly number[];

export function pidList(pids: Pids): readonly number[] {
  return typeof pids === 'number' ? [pids] : pids;
}

/** Resident memory of a server. Of several processes the sum, which counts shared pages twice. */
export function readRss(pids: Pids): Reading<Rss> {
  const all = pidList(pids).map(readRssOfOne);
  const [first = unknown('no process')] = all;
  if (all.length === 1 || !first.ok) return first;
  const sizes = all.flatMap((one) => (one.ok ? [one.value.bytes] : []));
  const why = `the sum of ${all.length} processes: pages that they share are in each`;
  const bytes = sizes.reduce((sum, value) => sum + value, 0);
  return known({ bytes, source: first.value.source, quality: 'partial', why });
}

/**
 * smaps_rollup walks the page tables; statm is the fallback where the kernel or a sandbox denies
 * it, and only where the page size is known.
 */
function readRssOfOne(pid: number): Reading<Rss> {
  const rollup = readParsed(`/proc/${pid}/smaps_rollup`, parseSmapsRollupRss);
  if (rollup.ok) {
    return known({ bytes: rollup.value, source: 'smaps_rollup', quality: 'exact' });
  }
  if (process.arch !== 'x64') return rollup;
  const pages = readParsed(`/proc/${pid}/statm`, parseStatmRssPages);
  if (!pages.ok) return unknown(`${rollup.why}; ${pages.why}`);
  return known({
    bytes: pages.value * PAGE_BYTES_X86_64,
    source: 'statm',
    quality: 'partial',
    why: `statm may lag by pages that each CPU counts for itself (${rollup.why})`,
  });
}

/** PSS of a server, bytes; there is no fallback for it. */
export function readPss(pids: Pids): Reading<number> {
  const all = pidList(pids).map((pid) =>
    readParsed(`/proc/${pid}/smaps_rollup`, parseSmapsRollupPss),
  );
  return sumKnown(all);
}

export function readCpuTicks(): Reading<ReadonlyMap<number, CpuTicks>> {
  return readParsed('/proc/stat', parseCpuTicks);
}

/** Ids of the live threads of a server. */
export function readThreads(pids: Pids | 'self'): Reading<readonly number[]> {
  if (pids === 'self' || typeof pids === 'number') return threadsOfOne(pids);
  const all = pids.map(threadsOfOne);
  const [first = unknown('no process')] = all;
  return first.ok ? known(all.flatMap((one) => (one.ok ? one.value : []))) : first;
}

function threadsOfOne(pid: number | 'self'): Reading<readonly number[]> {
  try {
    return known(readdirSync(`/proc/${pid}/task`).map(Number));
  } catch (error) {
    if (isSystemError(error)) return unknown(`/proc/${pid}/task: ${error.code}`);
    throw error;
  }
}

/** The CPUs that the live threads of a process may use: the union over the first `threadsMax`. */
export function readAllowedCpus(
  pid: number | 'self',
  threadsMax = Number.POSITIVE_INFINITY,
): Reading<readonly number[]> {
  const threads = readThreads(pid);
  if (!threads.ok) return threads;
  const union = new Set<number>();
  for (const tid of threads.value.slice(0, threadsMax)) {
    const cpus = readParsed(`/proc/${pid}/task/${tid}/status`, parseAllowedCpus);
    // A thread that ended between the two reads has no mask any more.
    if (cpus.ok) for (const cpu of cpus.value) union.add(cpu);
  }
  if (union.size === 0) return unknown(`/proc/${pid}/task/*/status: no thread could be read`);
  return known([...union].sort((a, b) => a - b));
}

export function readOpenFilesLimit(): Reading<number> {
  return readParsed('/proc/self/limits', parseOpenFilesLimit);
}
