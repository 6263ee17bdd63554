/** The addon's probes, as native/addon/perf_object.cc and sentinel_call.cc implement them. */
import { UserError } from '../errors.js';
import { type Addon, addon } from '../load/addon.js';

/** What the kernel counts on any machine, by the names of native/probe/perf_counters.hpp. */
export const KERNEL_EVENTS = [
  'context_switches',
  'cpu_migrations',
  'page_faults',
  'task_clock',
  'syscall_entries',
] as const;

/** What the processor counts, where the kernel may see it: in user code and kernel, or user code. */
export const HARDWARE_EVENTS = [
  'instructions',
  'user_instructions',
  'cycles',
  'user_cycles',
  'llc_misses',
  'dtlb_misses',
] as const;
export type HardwareEvent = (typeof HARDWARE_EVENTS)[number];

export type PerfEvent = (typeof KERNEL_EVENTS)[number] | HardwareEvent;

export interface PerfOptions {
  /** Also the threads and processes that the task starts later, ended ones included. */
  readonly inherit: boolean;
  /** Count from the task's next exec on; else from now on. */
  readonly enableOnExec: boolean;
}

/** One counter: its raw value, or the call that failed and its errno. */
export type NativePerfReading = { readonly name: PerfEvent } & (
  | { readonly value: number; readonly enabledNs: number; readonly runningNs: number }
  | { readonly call: string; readonly error: number }
);

export interface NativePerfCounters {
  read(): NativePerfReading[];
  close(): void;
}

/** What a thread that spins on one CPU saw. */
export interface SentinelReport {
  /** Time lost in gaps of more than 50 us, as a share of all time: 0 to 1. */
  readonly lostShare: number;
  /** The longest time between two looks at the clock, us. */
  readonly maxGapUs: number;
  /** Gaps of more than 50 us. */
  readonly gaps: number;
  readonly elapsedMs: number;
  /** Turns of a fixed loop per ms of the thread's own time: the CPU's speed. null: no such time. */
  readonly turnsPerMs: number | null;
}

/** Spins on a CPU for `ms`; rejects with an Error when it cannot. */
export type Spin = (cpu: number, ms: number) => Promise<SentinelReport>;

interface ProbeAddon {
  readonly PerfCounters: new (
    pid: number,
    options: PerfOptions,
    names: readonly PerfEvent[],
  ) => NativePerfCounters;
  /** Spins for `ms` (1 to 60000). Rejects with an Error that says why it could not. */
  spinSentinel(cpu: number, ms: number): Promise<SentinelReport>;
}

/** Throws a UserError when the addon is not built, or was built before it had probes. */
export function probeAddon(): ProbeAddon {
  const built: Addon & Partial<ProbeAddon> = addon();
  const { PerfCounters, spinSentinel } = built;
  if (PerfCounters === undefined || spinSentinel === undefined) {
    throw new UserError('the native addon is older than its sources', 'Run: npm run build');
  }
  return { PerfCounters, spinSentinel };
}

/** Spins on one CPU for `ms` and says what kept the thread from running. See ProbeAddon. */
export function spinSentinel(cpu: number, ms: number): Promise<SentinelReport> {
  return probeAddon().spinSentinel(cpu, ms);
}
