/**
 * Whether the CPU time that a server reports covers all its processes. One with worker processes
 * that reports its own share only would look very cheap. Pure.
 */
import type { Reading } from '../probe/reading.js';
import type { Stats } from '../server/control.js';

interface Used {
  readonly stats: Stats;
  /** CPU time of the process and of all that it started, us. */
  readonly treeCpuUs: Reading<number>;
}

/** Ticks of 10 ms at both ends, of a few processes. */
const SLACK_US = 50_000;
const SLACK_SHARE = 0.1;

/**
 * Text for a server whose rusage does not match its processes; null: they agree, or it is unknown.
 */
export function usageFault(first: Used, last: Used): string | null {
  if (!first.treeCpuUs.ok || !last.treeCpuUs.ok) return null;
  const own = cpuUs(last.stats) - cpuUs(first.stats);
  const tree = last.treeCpuUs.value - first.treeCpuUs.value;
  if (Math.abs(tree - own) <= SLACK_US + SLACK_SHARE * Math.max(tree, own)) return null;
  const ms = (us: number) => `${Math.round(us / 1000)} ms`;
  const hint = tree > own ? '; processes that it starts count too' : '';
  return `reports ${ms(own)} of CPU time where the kernel counts ${ms(tree)}${hint}`;
}

function cpuUs({ user_cpu_us: user = 0, system_cpu_us: system = 0 }: Stats): number {
  return user + system;
}
