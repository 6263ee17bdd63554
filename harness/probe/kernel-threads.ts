/**
 * CPU time of the kernel's own threads: what they do for sockets, memory and read-copy-update is
 * work that the measured server and client cause, and no other program. So it is told apart from
 * the CPU time of other programs.
 */
import { readdirSync } from 'node:fs';
import type { Measured } from '../results/schema.js';
import { partial, unavailable } from './measured.js';
import { type PerThread, threadGrowth } from './process.js';
import { isSystemError, known, type Reading, readParsed, unknown } from './reading.js';

const SOURCE = '/proc/*/schedstat of kernel threads';
/** Of include/linux/sched.h: the ninth field of /proc/<pid>/stat has it for kernel threads. */
const PF_KTHREAD = 0x0020_0000;

/** Whether /proc/<pid>/stat is a kernel thread's. The name in it may contain anything. */
export function parseIsKernelThread(stat: string): boolean | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const flags = Number(fields[6]);
  return Number.isInteger(flags) ? (flags & PF_KTHREAD) !== 0 : null;
}

/** Time on a CPU, ns: the first field of schedstat. */
export function parseRunTime(schedstat: string): number | null {
  const match = /^(\d+) /.exec(schedstat);
  return match ? Number(match[1]) : null;
}

/** Time on a CPU of each kernel thread, ns. Containers mostly see none of them. */
export function readKernelThreads(): Reading<PerThread> {
  let pids: number[];
  try {
    pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch (error) {
    if (isSystemError(error)) return unknown(`/proc: ${error.code}`);
    throw error;
  }
  const times = new Map<number, number>();
  for (const pid of pids) {
    // One that has ended meanwhile is left out.
    const kind = readParsed(`/proc/${pid}/stat`, parseIsKernelThread);
    if (!kind.ok || !kind.value) continue;
    const time = readParsed(`/proc/${pid}/schedstat`, parseRunTime);
    if (time.ok) times.set(pid, time.value);
  }
  return times.size === 0 ? unknown('no kernel thread is to be seen in /proc') : known(times);
}

/** What the kernel's threads used between two readings, on all CPUs. Pure. */
export function kernelThreadsUs(first: Reading<PerThread>, last: Reading<PerThread>): Measured {
  if (!first.ok) return unavailable(SOURCE, first.why);
  if (!last.ok) return unavailable(SOURCE, last.why);
  const us = threadGrowth(first.value, last.value) / 1000;
  return partial(us, SOURCE, 'live threads only: what ended threads had counted is lost');
}
