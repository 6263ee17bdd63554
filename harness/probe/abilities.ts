/**
 * What can be measured on this machine, found out by trying it on this process. Nothing is changed
 * and no program is started.
 */
import { UserError } from '../errors.js';
import { given } from '../optional.js';
import type { Measured } from '../results/schema.js';
import { readThrottling } from './cgroup.js';
import { tryHardware } from './hardware.js';
import { machineDeltas, NO_TICK, parsePressureTotal, readMachineState } from './machine-state.js';
import { KERNEL_EVENTS, type PerfEvent, probeAddon } from './native.js';
import { openCounters, type PerfReading, type PerfReadings } from './perf.js';
import { readPss, readRss } from './proc.js';
import { parseMigrations, parseRunDelay, readPerThread } from './process.js';
import { isSystemError, type Reading, readParsed } from './reading.js';

/** One thing to know about a server or the machine, and whether it can be known here. */
export interface Ability {
  readonly name: string;
  readonly source: string;
  readonly quality: Measured['quality'];
  /** Why it is not exact. */
  readonly why?: string;
  /** Commands, or what to do, for what is unavailable; none: nothing helps here. */
  readonly remedy: readonly string[];
}

/** Everything the harness knows to measure, in the order of docs/COUNTERS.md. */
export function tryAbilities(): readonly Ability[] {
  return [
    tryLoad(),
    tryUsage(),
    ...tryCounters(),
    tryHardwareCounters(),
    fromReading('wait for a CPU', '/proc/<pid>/task/*/schedstat', 'partial', {
      reading: readPerThread(process.pid, 'schedstat', parseRunDelay),
      why: LIVE_ONLY,
      remedy: ['a kernel with CONFIG_SCHED_INFO'],
    }),
    fromReading('moves between CPUs', '/proc/<pid>/task/*/sched', 'partial', {
      reading: readPerThread(process.pid, 'sched', parseMigrations),
      why: LIVE_ONLY,
      remedy: ['a kernel with CONFIG_SCHED_DEBUG'],
    }),
    tryMemory(),
    fromReading('shared memory divided (PSS)', 'smaps_rollup', 'exact', {
      reading: readPss(process.pid),
      remedy: ['a kernel with CONFIG_PROC_PAGE_MONITOR'],
    }),
    ...tryMachine(),
  ];
}

const LIVE_ONLY = 'live threads only';

interface Attempt {
  readonly reading: Reading<unknown>;
  readonly why?: string;
  readonly remedy: readonly string[];
}

function fromReading(
  name: string,
  source: string,
  quality: Ability['quality'],
  { reading, why, remedy }: Attempt,
): Ability {
  if (!reading.ok) return { name, source, quality: 'unavailable', why: reading.why, remedy };
  return { name, source, quality, ...given({ why }), remedy: [] };
}

function tryLoad(): Ability {
  const name = 'load, latency, jitter';
  const source = 'native addon';
  try {
    probeAddon();
    return { name, source, quality: 'exact', remedy: [] };
  } catch (error) {
    // Not built, or built for another Node: dlopen's error has a code.
    if (!(error instanceof UserError || isSystemError(error))) throw error;
    const why = error.message;
    return { name, source, quality: 'unavailable', why, remedy: ['npm run build'] };
  }
}

function tryUsage(): Ability {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const name = 'CPU time, context switches';
  const source = 'rusage in stats';
  if (userCPUTime + systemCPUTime > 0) return { name, source, quality: 'exact', remedy: [] };
  return { name, source, quality: 'unavailable', why: 'getrusage says 0', remedy: [] };
}

const COUNTER_NAMES: Readonly<Record<(typeof KERNEL_EVENTS)[number], string>> = {
  context_switches: 'switches of every thread',
  cpu_migrations: 'moves of every thread',
  page_faults: 'page faults',
  task_clock: 'CPU clock of every thread',
  syscall_entries: 'system calls of any program',
};

/** Counters that must have moved when this process has slept and made a system call. */
const MOVED: readonly PerfEvent[] = ['context_switches', 'task_clock', 'syscall_entries'];

function tryCounters(): readonly Ability[] {
  const readings = countSomething();
  return KERNEL_EVENTS.map((event) => counterAbility(event, readings.get(event)));
}

/** Counts this process while it sleeps 2 ms. Empty without the addon. */
function countSomething(): PerfReadings {
  try {
    const options = { inherit: false, enableOnExec: false };
    const counters = openCounters(process.pid, options, KERNEL_EVENTS);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    const readings = counters.read();
    counters.close();
    return readings;
  } catch (error) {
    if (error instanceof UserError) return new Map();
    throw error;
  }
}

function counterAbility(
  event: (typeof KERNEL_EVENTS)[number],
  reading: PerfReading | undefined,
): Ability {
  const name = COUNTER_NAMES[event];
  const source = event === 'syscall_entries' ? 'raw_syscalls:sys_enter' : 'perf_event_open';
  const unavailable = { name, source, quality: 'unavailable' } as const;
  if (reading === undefined) {
    return { ...unavailable, why: 'the native addon is not built', remedy: ['npm run build'] };
  }
  if (!reading.ok) return { ...unavailable, why: reading.why, remedy: reading.remedy };
  if (reading.value.value === 0 && MOVED.includes(event)) {
    return { ...unavailable, why: 'it opens, but counts 0 where there is something', remedy: [] };
  }
  return { name, source, quality: 'exact', remedy: [] };
}

/** One row for all of them: mostly all are there, or none is. */
function tryHardwareCounters(): Ability {
  const row = { name: 'instructions, cycles, misses', source: 'hardware counters' } as const;
  const { events, missing } = tryHardware();
  const [first] = missing.values();
  if (first === undefined) return { ...row, quality: 'exact', remedy: [] };
  const { why, remedy } = first;
  if (events.length === 0) return { ...row, quality: 'unavailable', why, remedy };
  const without = `without ${[...missing.keys()].join(', ')}: ${why}`;
  return { ...row, quality: 'partial', why: without, remedy };
}

function tryMemory(): Ability {
  const rss = readRss(process.pid);
  const name = 'memory (RSS)';
  if (!rss.ok) return fromReading(name, 'smaps_rollup', 'exact', { reading: rss, remedy: [] });
  const { source, quality, why } = rss.value;
  return { name, source, quality, ...given({ why }), remedy: [] };
}

const SENTINEL_INSTEAD = 'the jitter sentinel below stands in for it';

function tryMachine(): readonly Ability[] {
  const state = readMachineState(process.pid);
  const cpus = state.ticks.ok ? [...state.ticks.value.keys()] : [];
  // Against itself: what is unavailable in a difference of nothing is so in any other.
  const { steal_percent: steal, listen_drops: drops } = machineDeltas(state, state, cpus);
  return [
    ticksAbility(steal),
    fromReading('pressure on the CPUs', '/proc/pressure/cpu', 'exact', {
      reading: readParsed('/proc/pressure/cpu', parsePressureTotal),
      remedy: ['boot with psi=1 (a kernel with CONFIG_PSI)'],
    }),
    fromReading('CPU quota used up', 'cpu.stat of the cgroup', 'exact', {
      reading: readThrottling(),
      remedy: ['mount a control group with the cpu controller'],
    }),
    drops?.quality === 'exact'
      ? { name: 'dropped connections', source: '/proc/net', quality: 'exact', remedy: [] }
      : { name: 'dropped connections', source: '/proc/net', ...lost(drops) },
  ];
}

/** Two equal readings have no tick between them: that alone is no lack. */
function ticksAbility(steal: Measured | undefined): Ability {
  const name = 'time stolen by the hypervisor';
  const source = '/proc/stat';
  const isSeen = steal?.value !== null || steal.why === NO_TICK;
  if (isSeen) return { name, source, quality: 'sampled', why: 'ticks of 10 ms', remedy: [] };
  return { name, source, ...lost(steal), remedy: [SENTINEL_INSTEAD] };
}

function lost(entry: Measured | undefined) {
  return { quality: 'unavailable', why: entry?.why ?? 'not read', remedy: [] } as const;
}
