/** Shares of CPU time between two readings of /proc/stat, over a set of CPUs. Pure. */
import { type CpuTicks, TICKS_PER_SECOND } from './proc.js';
import { known, type Reading, unknown } from './reading.js';

export interface CpuUse {
  /** Time that ran something: user, nice, system, irq and softirq; us over all the CPUs. */
  readonly busyUs: number;
  /** Time that the hypervisor gave to others, us. */
  readonly stealUs: number;
  /** All time that was accounted, us. */
  readonly totalUs: number;
}

type Ticks = ReadonlyMap<number, CpuTicks>;

/** What the CPUs did between two readings; unknown when one of them is missing. */
export function cpuUse(
  before: Reading<Ticks>,
  after: Reading<Ticks>,
  cpus: readonly number[],
): Reading<CpuUse> {
  if (!before.ok) return before;
  if (!after.ok) return after;
  let busy = 0;
  let steal = 0;
  let total = 0;
  for (const cpu of cpus) {
    const first = before.value.get(cpu);
    const last = after.value.get(cpu);
    if (first === undefined || last === undefined) return unknown(`/proc/stat has no cpu${cpu}`);
    busy += busyTicks(last) - busyTicks(first);
    steal += last.steal - first.steal;
    total += totalTicks(last) - totalTicks(first);
  }
  const us = 1e6 / TICKS_PER_SECOND;
  return known({ busyUs: busy * us, stealUs: steal * us, totalUs: total * us });
}

function busyTicks(ticks: CpuTicks): number {
  return ticks.user + ticks.nice + ticks.system + ticks.irq + ticks.softirq;
}

function totalTicks(ticks: CpuTicks): number {
  return busyTicks(ticks) + ticks.idle + ticks.iowait + ticks.steal;
}
