/**
 * Memory that the kernel holds, from /proc/meminfo and /proc/net/sockstat: slab caches, stacks of
 * threads, page tables, and the pages of TCP's buffers.
 *
 * It is the whole machine's. A memory cgroup for the server would be more precise, but needs root
 * and a writable hierarchy, and charges a socket of a loopback connection to the process that ran
 * when it was made. What other programs do meanwhile is noise here, and shows in the interval.
 */
import { known, type Reading, readText, unknown } from '../probe/reading.js';

const FIELDS = ['Slab', 'KernelStack', 'PageTables'] as const;
/** As COUNTERS.md: on the architectures that are supported, a page of TCP's account is 4 KiB. */
const PAGE_BYTES = 4096;

export const KERNEL_SOURCE = 'meminfo: Slab, KernelStack, PageTables; sockstat: TCP mem';

export function readKernelMemory(): Reading<number> {
  const meminfo = readText('/proc/meminfo');
  if (!meminfo.ok) return meminfo;
  const sockstat = readText('/proc/net/sockstat');
  return parseKernelMemory(meminfo.value, sockstat.ok ? sockstat.value : '');
}

/** Bytes. Without sockstat idle connections lose nothing: they have no bytes in buffers. */
export function parseKernelMemory(meminfo: string, sockstat: string): Reading<number> {
  let bytes = 0;
  for (const field of FIELDS) {
    const [, kib] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(meminfo) ?? [];
    if (kib === undefined) return unknown(`/proc/meminfo has no ${field}`);
    bytes += Number(kib) * 1024;
  }
  const [, pages = '0'] = /^TCP: .*\bmem (\d+)$/m.exec(sockstat) ?? [];
  return known(bytes + Number(pages) * PAGE_BYTES);
}
