/**
 * How the kernel is set up, as far as it affects a measurement: preemption, time accounting,
 * memory, network, power, limits and rights. Each fact null when it cannot be read. Parsers are
 * pure.
 */
import os from 'node:os';
import { readText, valueOrNull } from './reading.js';
import { parseCapabilities, parseSeccomp } from './rights.js';

type Fact = string | number | boolean | null;
export type Facts = Record<string, Fact>;

/** Sysctls that servers, connections or the scheduler depend on. */
const SYSCTLS = [
  'kernel.numa_balancing',
  'kernel.pid_max',
  'kernel.randomize_va_space',
  'kernel.sched_autogroup_enabled',
  'kernel.sched_rt_runtime_us',
  'kernel.sched_schedstats',
  'kernel.task_delayacct',
  'kernel.threads-max',
  'kernel.timer_migration',
  'net.core.busy_poll',
  'net.core.default_qdisc',
  'net.core.netdev_budget',
  'net.core.rmem_max',
  'net.core.wmem_max',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_abort_on_overflow',
  'net.ipv4.tcp_autocorking',
  'net.ipv4.tcp_congestion_control',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_max_syn_backlog',
  'net.ipv4.tcp_max_tw_buckets',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_tw_reuse',
  'net.ipv4.tcp_wmem',
  'vm.max_map_count',
  'vm.overcommit_memory',
  'vm.swappiness',
] as const;

export type Option = string | boolean | null;

/** The bracketed choice of a sysfs file such as transparent_hugepage/enabled. */
export function parseChoice(text: string): string | null {
  return /\[(\w+)\]/.exec(text)?.[1] ?? null;
}

/**
 * A line of a kernel configuration: its value, false for `is not set`, null when it does not occur.
 */
export function parseKernelOption(config: string, option: string): Option {
  const set = new RegExp(`^${option}=(.*)$`, 'm').exec(config)?.[1];
  if (set !== undefined) return set === 'y' ? true : set;
  return config.includes(`# ${option} is not set`) ? false : null;
}

/**
 * The preemption model: what debugfs says now, else the boot parameter, else what the kernel was
 * built with. A kernel that can change it at run time (`dynamic`) starts with the built one.
 */
export function preemptionModel(
  now: string | null,
  commandLine: string | null,
  option: (name: string) => Option,
): string | null {
  const current = now === null ? null : /\((\w+)\)/.exec(now)?.[1];
  if (current) return current;
  const isDynamic = option('CONFIG_PREEMPT_DYNAMIC') === true;
  const chosen = /(?:^| )preempt=(\w+)/.exec(commandLine ?? '')?.[1];
  if (isDynamic && chosen !== undefined) return `${chosen} (boot parameter)`;
  const built = builtPreemption(option);
  if (built === null) return null;
  return isDynamic ? `${built} (default of a dynamic kernel)` : built;
}

function builtPreemption(option: (name: string) => Option): string | null {
  const models = { RT: 'rt', LAZY: 'lazy', VOLUNTARY: 'voluntary', NONE: 'none' };
  const found = Object.entries(models).find(
    ([name]) => option(`CONFIG_PREEMPT_${name}`) === true,
  )?.[1];
  return found ?? (option('CONFIG_PREEMPT') === true ? 'full' : null);
}

/** Soft and hard limit of a line of /proc/<pid>/limits; numbers, `unlimited`, or null. */
export function parseLimit(limits: string, name: string): readonly [Fact, Fact] {
  const match = new RegExp(`^${name}\\s+(\\d+|unlimited)\\s+(\\d+|unlimited)\\s`, 'm').exec(limits);
  return [limitOf(match?.[1]), limitOf(match?.[2])];
}

function limitOf(text: string | undefined): Fact {
  if (text === undefined) return null;
  return text === 'unlimited' ? text : Number(text);
}

/** Reads everything this file knows. option: a line of the kernel's configuration, if known. */
export function readKernel(config: string | null): Facts {
  const option = (name: string) => (config === null ? null : parseKernelOption(config, name));
  return {
    ...schedulingFacts(option),
    ...cpuFacts(),
    ...rightsFacts(),
    ...limitFacts(),
    ...Object.fromEntries(SYSCTLS.map((name) => [name, sysctl(name)])),
  };
}

function schedulingFacts(option: (name: string) => Option): Facts {
  const commandLine = trimmed('/proc/cmdline');
  return {
    kernel_command_line: commandLine,
    preemption: preemptionModel(trimmed('/sys/kernel/debug/sched/preempt'), commandLine, option),
    paravirt_time_accounting: option('CONFIG_PARAVIRT_TIME_ACCOUNTING'),
    cpus_isolated: listOrNone('/sys/devices/system/cpu/isolated'),
    cpus_nohz_full: listOrNone('/sys/devices/system/cpu/nohz_full'),
    clocksources: trimmed('/sys/devices/system/clocksource/clocksource0/available_clocksource'),
    transparent_hugepages_defrag: choice('/sys/kernel/mm/transparent_hugepage/defrag'),
    cgroup_cpu_limit: cpuLimit(),
  };
}

function cpuFacts(): Facts {
  const info = valueOrNull(readText('/proc/cpuinfo')) ?? '';
  const line = (name: string) => new RegExp(`^${name}\\s*:\\s*(.+)$`, 'm').exec(info)?.[1] ?? null;
  const cpu = '/sys/devices/system/cpu';
  return {
    cpu_flags: line('flags') ?? line('Features'),
    cpu_microcode: line('microcode'),
    cpu_siblings: siblings(),
    smt_control: trimmed(`${cpu}/smt/control`),
    cpu_boost: trimmed(`${cpu}/cpufreq/boost`),
    cpu_no_turbo: trimmed(`${cpu}/intel_pstate/no_turbo`),
    cpu_frequency_driver: trimmed(`${cpu}/cpu0/cpufreq/scaling_driver`),
    cpu_idle_driver: trimmed(`${cpu}/cpuidle/current_driver`),
    cpu_idle_governor: trimmed(`${cpu}/cpuidle/current_governor`),
    numa_nodes: trimmed('/sys/devices/system/node/online'),
    hypervisor_vendor: trimmed('/sys/class/dmi/id/sys_vendor'),
    hypervisor_product: trimmed('/sys/class/dmi/id/product_name'),
  };
}

/** `0 | 1`: the CPUs of each core, cores apart. */
function siblings(): string | null {
  const groups = os
    .cpus()
    .map((_, cpu) => trimmed(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`));
  const known = new Set(groups.filter((group) => group !== null));
  return known.size === 0 ? null : [...known].join(' | ');
}

function rightsFacts(): Facts {
  const status = valueOrNull(readText('/proc/self/status')) ?? '';
  return {
    user_id: process.geteuid?.() ?? null,
    capabilities: parseCapabilities(status)?.join(',') || null,
    capabilities_effective: /^CapEff:\s*(\w+)$/m.exec(status)?.[1] ?? null,
    no_new_privileges: /^NoNewPrivs:\s*1$/m.test(status),
    seccomp: parseSeccomp(status),
  };
}

function limitFacts(): Facts {
  const limits = valueOrNull(readText('/proc/self/limits')) ?? '';
  return {
    ulimit_open_files_hard: parseLimit(limits, 'Max open files')[1],
    ulimit_processes: parseLimit(limits, 'Max processes')[0],
    ulimit_stack_bytes: parseLimit(limits, 'Max stack size')[0],
    ulimit_locked_memory_bytes: parseLimit(limits, 'Max locked memory')[0],
  };
}

/** `quota period` in us, as version 2 writes it, `max` for none. */
function cpuLimit(): string | null {
  const own = trimmed('/sys/fs/cgroup/cpu.max');
  if (own !== null) return own;
  const quota = trimmed('/sys/fs/cgroup/cpu/cpu.cfs_quota_us');
  const period = trimmed('/sys/fs/cgroup/cpu/cpu.cfs_period_us');
  return quota === null || period === null ? null : `${quota === '-1' ? 'max' : quota} ${period}`;
}

function sysctl(name: string): Fact {
  const text = trimmed(`/proc/sys/${name.replaceAll('.', '/')}`);
  if (text === null) return null;
  return /^-?\d+$/.test(text) ? Number(text) : text.replace(/\s+/g, ' ');
}

/** A list of CPUs; `none` when the file says that there are none. */
function listOrNone(path: string): string | null {
  const text = valueOrNull(readText(path))?.trim();
  return text === '' || text === '(null)' ? 'none' : (text ?? null);
}

/** Without the line end; null when it cannot be read or is empty. */
export function trimmed(path: string): string | null {
  return valueOrNull(readText(path))?.trim() || null;
}

/** The choice that a sysfs file says; null when it cannot be read or says none. */
export function choice(path: string): string | null {
  const text = trimmed(path);
  return text === null ? null : parseChoice(text);
}
