/**
 * What the plan must know of the machine, read once before planning. A limit that cannot be read is
 * not enforced.
 */
import os from 'node:os';
import { parseCpuList } from '../probe/cpus.js';
import { readAllowedCpus, readOpenFilesLimit } from '../probe/proc.js';
import { numberIn, readText, valueOrNull } from '../probe/reading.js';

/** A limit on the number of threads of one process. */
interface ThreadLimit {
  readonly name: string;
  readonly value: number;
  /** How to raise it; `N` is the value needed. */
  readonly remedy: string;
}

export interface MachineFacts {
  /** CPUs this process may use, ascending, at least one. */
  readonly allowedCpus: readonly number[];
  /** CPU -> the CPUs that share its core, itself included; absent where the system does not say. */
  readonly coreMates: ReadonlyMap<number, readonly number[]>;
  /** `ulimit -n`; null when unknown, Infinity when unlimited. */
  readonly openFiles: number | null;
  /**
   * Local ports for outgoing connections: the most that one client address can have to one server.
   */
  readonly ephemeralPorts: number | null;
  readonly threadLimits: readonly ThreadLimit[];
}

/** Reads /proc and /sys; starts nothing. */
export function readMachine(): MachineFacts {
  const everyCpu = Array.from({ length: os.availableParallelism() }, (_, cpu) => cpu);
  const allowedCpus = valueOrNull(readAllowedCpus('self')) ?? everyCpu;
  const range = text('/proc/sys/net/ipv4/ip_local_port_range') ?? '';
  return {
    allowedCpus,
    coreMates: readCoreMates(allowedCpus),
    openFiles: valueOrNull(readOpenFilesLimit()),
    ephemeralPorts: parsePortRange(range),
    threadLimits: readThreadLimits(),
  };
}

/** `32768 60999` -> 28232; null when it is no range. */
export function parsePortRange(range: string): number | null {
  const match = /^(\d+)\s+(\d+)$/.exec(range);
  return match ? Number(match[2]) - Number(match[1]) + 1 : null;
}

/**
 * The soft limit of processes and threads of this user, from /proc/self/limits; null when unlimited
 * or unknown.
 */
export function parseProcessLimit(limits: string): number | null {
  return numberIn(limits, /^Max processes\s+(\d+)\s/m);
}

function readCoreMates(cpus: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const folder = '/sys/devices/system/cpu';
  return new Map(
    cpus.flatMap((cpu) => {
      const mates = parseCpuList(text(`${folder}/cpu${cpu}/topology/thread_siblings_list`) ?? '');
      return mates === null ? [] : [[cpu, mates] as const];
    }),
  );
}

/** Stacks of threads are mappings of their own, each with a guard. */
const MAPPINGS_PER_THREAD = 2;

function readThreadLimits(): ThreadLimit[] {
  const mappings = integer(text('/proc/sys/vm/max_map_count'));
  // Root is exempt from the limit of its user.
  const user = process.getuid?.() === 0 ? null : parseProcessLimit(text('/proc/self/limits') ?? '');
  const limits: [string, number | null, string][] = [
    ['ulimit -u', user, '`ulimit -u N` (root may go above the hard limit)'],
    ['kernel.threads-max', sysctl('kernel/threads-max'), '`sysctl kernel.threads-max=N` as root'],
    ['kernel.pid_max', sysctl('kernel/pid_max'), '`sysctl kernel.pid_max=N` as root'],
    ['pids.max of the cgroup', cgroupPids(), "the container's limit (docker: --pids-limit N)"],
    [
      'vm.max_map_count / 2',
      mappings === null ? null : Math.floor(mappings / MAPPINGS_PER_THREAD),
      '`sysctl vm.max_map_count` at twice N, as root',
    ],
  ];
  return limits.flatMap(([name, value, remedy]) =>
    value === null ? [] : [{ name, value, remedy }],
  );
}

function cgroupPids(): number | null {
  const own = /^0::(\/.*)$/m.exec(text('/proc/self/cgroup') ?? '')?.[1] ?? '/';
  return integer(text(`/sys/fs/cgroup${own === '/' ? '' : own}/pids.max`));
}

function sysctl(name: string): number | null {
  return integer(text(`/proc/sys/${name}`));
}

function text(path: string): string | null {
  return valueOrNull(readText(path))?.trim() ?? null;
}

function integer(value: string | null): number | null {
  return value !== null && /^\d+$/.test(value) ? Number(value) : null;
}
