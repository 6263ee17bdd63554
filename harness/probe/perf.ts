/**
 * Counters of the kernel for a server and everything that it starts: perf_event_open(2) and the
 * tracepoint raw_syscalls:sys_enter.
 *
 * They are opened on a process that waits before its exec (harness/server/server.ts), so that no
 * thread is missed. What permission forbids has a reason and a remedy, never a 0.
 */
import { getSystemErrorName } from 'node:util';
import type { Measured } from '../results/schema.js';
import {
  HARDWARE_EVENTS,
  type HardwareEvent,
  type NativePerfCounters,
  type NativePerfReading,
  type PerfEvent,
  type PerfOptions,
  probeAddon,
} from './native.js';
import { exact, sampled, unavailable, unknown } from './reading.js';
import { type Rights, readRights } from './rights.js';

export interface PerfCount {
  readonly value: number;
  /** For how long the counter was switched on, ns over all tasks, and for how long it counted. */
  readonly enabledNs: number;
  readonly runningNs: number;
}

export type PerfReading =
  | { readonly ok: true; readonly value: PerfCount }
  | ({ readonly ok: false } & Trouble);
export type PerfReadings = ReadonlyMap<PerfEvent, PerfReading>;

/** Open counters of one process. */
export class PerfCounters {
  readonly #native: NativePerfCounters;
  readonly #rights: Rights;

  constructor(native: NativePerfCounters, rights: Rights = readRights()) {
    this.#native = native;
    this.#rights = rights;
  }

  /** Every counter now. A counter that could not be opened says why each time. */
  read(): PerfReadings {
    return new Map(this.#native.read().map((one) => [one.name, readingOf(one, this.#rights)]));
  }

  close(): void {
    this.#native.close();
  }
}

/**
 * Opens counters on a process, which needs to be there still. Throws a UserError when the addon is
 * not built.
 */
export function openCounters(
  pid: number,
  options: PerfOptions,
  names: readonly PerfEvent[],
): PerfCounters {
  const { PerfCounters: Native } = probeAddon();
  return new PerfCounters(new Native(pid, options, names));
}

function readingOf(reading: NativePerfReading, rights: Rights): PerfReading {
  if ('value' in reading) {
    const { value, enabledNs, runningNs } = reading;
    return { ok: true, value: { value, enabledNs, runningNs } };
  }
  const code = getSystemErrorName(-reading.error);
  return { ok: false, ...perfTrouble(reading.call, code, rights, isHardware(reading.name)) };
}

/** Why a counter could not be opened, and the command that would change that. Pure. */
export interface Trouble {
  readonly why: string;
  /** Commands, or what to do; none when nothing helps on this kernel. */
  readonly remedy: readonly string[];
}

/** How the kernel says that it does not know an event. */
const UNKNOWN = ['ENOSYS', 'ENOENT', 'EOPNOTSUPP', 'ENODEV'];
const NO_HARDWARE =
  'this machine has no such hardware counter, as most virtual machines, or hides it';
const PARANOID_REMEDY = 'sudo sysctl kernel.perf_event_paranoid=1';
const TRACEFS_MOUNT = 'sudo mount -t tracefs nodev /sys/kernel/tracing';
const TRACEFS_GROUP = 'sudo mount -o remount,mode=755,gid=$(id -g) /sys/kernel/tracing';
const CONTAINER_REMEDY =
  'start the container with --cap-add PERFMON --cap-add SYS_ADMIN, or --privileged';

/** call: `perf_event_open` or `tracefs`; code: the name of its errno; of an event of the hardware. */
export function perfTrouble(
  call: string,
  code: string,
  rights: Rights,
  ofHardware = false,
): Trouble {
  const failed = `${call}: ${code}`;
  if (ofHardware && UNKNOWN.includes(code)) {
    return { why: `${failed}: ${NO_HARDWARE}`, remedy: [] };
  }
  return call === 'tracefs'
    ? tracefsTrouble(failed, code, rights)
    : openTrouble(failed, code, rights);
}

function openTrouble(failed: string, code: string, rights: Rights): Trouble {
  const { paranoid, perfmon, seccompFilter } = rights;
  if (UNKNOWN.includes(code)) {
    return { why: `${failed}: this kernel does not count it`, remedy: [] };
  }
  if (code === 'EMFILE')
    return { why: `${failed}: no descriptor left`, remedy: ['ulimit -n 65536'] };
  if (code !== 'EACCES' && code !== 'EPERM') return { why: failed, remedy: [] };
  if (!perfmon && paranoid !== null && paranoid > 1) {
    const why = `${failed}: kernel.perf_event_paranoid is ${paranoid} and CAP_PERFMON is missing`;
    return { why, remedy: [PARANOID_REMEDY] };
  }
  if (seccompFilter) {
    return { why: `${failed}: a seccomp filter is active`, remedy: [CONTAINER_REMEDY] };
  }
  return { why: `${failed}: forbidden to this user`, remedy: ['run it as root'] };
}

function tracefsTrouble(failed: string, code: string, { root }: Rights): Trouble {
  if (root) {
    const why = `${failed}: tracefs cannot be read; it may not be mounted`;
    return { why, remedy: [TRACEFS_MOUNT] };
  }
  if (code === 'ENOENT' || code === 'EPERM') {
    const why = `${failed}: tracefs is not mounted, and only root may mount it`;
    return { why, remedy: [TRACEFS_MOUNT, TRACEFS_GROUP, PARANOID_REMEDY] };
  }
  const why = `${failed}: only root may read tracefs here`;
  return { why, remedy: [TRACEFS_GROUP, PARANOID_REMEDY] };
}

/**
 * What a counter counted between two readings. One that ran only part of the time it was switched
 * on is scaled to all of it, as perf(1) does, and then is `sampled`.
 */
export function perfDelta(
  event: PerfEvent,
  first: PerfReadings,
  last: PerfReadings,
  unit = 1,
): Measured {
  const source = sourceOf(event);
  const start = first.get(event) ?? unknown('not asked for');
  const end = last.get(event) ?? unknown('not asked for');
  if (!start.ok) return unavailable(source, start.why);
  if (!end.ok) return unavailable(source, end.why);
  const value = (end.value.value - start.value.value) * unit;
  const enabledNs = end.value.enabledNs - start.value.enabledNs;
  const runningNs = end.value.runningNs - start.value.runningNs;
  if (runningNs >= enabledNs) return exact(value, source);
  const share = runningNs / enabledNs;
  if (share <= 0) return unavailable(source, 'the kernel never had a place for the counter');
  const why = `counted for ${(100 * share).toFixed(1)} % of the time and scaled to all of it`;
  return sampled(value / share, source, why);
}

/** Whether an event is one that the processor counts. */
function isHardware(event: PerfEvent): event is HardwareEvent {
  return (HARDWARE_EVENTS as readonly PerfEvent[]).includes(event);
}

function sourceOf(event: PerfEvent): string {
  return event === 'syscall_entries' ? 'perf raw_syscalls:sys_enter' : `perf ${event}`;
}
