/**
 * CPU time of the kernel's own threads: what they do for sockets, memory and read-copy-update is
 * work that the measured server and client cause, and no other program. So it is kept apart from
 * the CPU time of other programs.
 */
import { readdirSync } from 'node:fs';
import type { Measured } from '../results/schema.js';
import { threadGrowth } from './process.js';
import {
  isSystemError,
  known,
  numberIn,
  partial,
  type Reading,
  readParsed,
  unavailable,
  unknown,
} from './reading.js';

const SOURCE = '/proc/*/schedstat of kernel threads';
/** Of include/linux/sched.h: the ninth field of /proc/<pid>/stat has it for kernel threads. */
const PF_KTHREAD = 0x0020_0000;

/** What one kernel thread has used, and where. */
interface KernelThread {
  readonly ns: number;
  /** On which it ran last. */
  readonly cpu: number;
}
export type KernelThreads = ReadonlyMap<number, KernelThread>;

/**
 * The CPU on which a kernel thread ran last, -1 for a thread of a program, from /proc/<pid>/stat
 * (fields 9 and 39). The name in it may contain anything.
 */
export function parseKernelThreadCpu(stat: string): number | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [flags, cpu] = [Number(fields[6]), Number(fields[36])];
  if (!Number.isInteger(flags) || !Number.isInteger(cpu)) return null;
  return (flags & PF_KTHREAD) === 0 ? -1 : cpu;
}

/** Time on a CPU, ns: the first field of schedstat. */
export function parseRunTime(schedstat: string): number | null {
  return numberIn(schedstat, /^(\d+) /);
}

/** Every kernel thread now. Containers mostly see none of them. */
export function readKernelThreads(): Reading<KernelThreads> {
  let pids: number[];
  try {
    pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch (error) {
    if (isSystemError(error)) return unknown(`/proc: ${error.code}`);
    throw error;
  }
  const threads = new Map<number, KernelThread>();
  for (const pid of pids) {
    // One that has ended meanwhile is left out.
    const cpu = readParsed(`/proc/${pid}/stat`, parseKernelThreadCpu);
    if (!cpu.ok || cpu.value < 0) continue;
    const ns = readParsed(`/proc/${pid}/schedstat`, parseRunTime);
    if (ns.ok) threads.set(pid, { ns: ns.value, cpu: cpu.value });
  }
  return threads.size === 0 ? unknown('no kernel thread is to be seen in /proc') : known(threads);
}

/** What the kernel's threads that ran last on these CPUs used between two readings. Pure. */
export function kernelThreadsUs(
  first: Reading<KernelThreads>,
  last: Reading<KernelThreads>,
  cpus: readonly number[],
): Measured {
  if (!first.ok) return unavailable(SOURCE, first.why);
  if (!last.ok) return unavailable(SOURCE, last.why);
  const here = [...last.value].filter(([, { cpu }]) => cpus.includes(cpu));
  const us = threadGrowth(timesOf([...first.value]), timesOf(here)) / 1000;
  return partial(us, SOURCE, 'live threads, by the CPU on which each ran last');
}

function timesOf(threads: readonly (readonly [number, KernelThread])[]): Map<number, number> {
  return new Map(threads.map(([pid, { ns }]) => [pid, ns]));
}
