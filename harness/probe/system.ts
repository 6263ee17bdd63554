/**
 * Facts about the machine that decide what a measurement means, each null when it cannot be read.
 *
 * Parsers are pure; `readSystem` is one pass over /proc and /sys without starting a program.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { gunzipSync } from 'node:zlib';
import { choice, type Facts, parseKernelOption, readKernel, trimmed } from './kernel.js';
import { readAllowedCpus, readOpenFilesLimit } from './proc.js';
import { isSystemError, readText, valueOrNull } from './reading.js';

/** PRETTY_NAME of os-release(5). */
export function parseDistribution(osRelease: string): string | null {
  return /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(osRelease)?.[1] ?? null;
}

interface CpuModel {
  readonly model: string | null;
  /** null where the architecture does not say. */
  readonly hypervisor: boolean | null;
}

/** /proc/cpuinfo of x86; other architectures name no model there. */
export function parseCpuInfo(text: string): CpuModel {
  const model = /^model name\s*:\s*(.+)$/m.exec(text)?.[1] ?? null;
  const flags = /^flags\s*:\s*(.+)$/m.exec(text)?.[1];
  return { model, hypervisor: flags === undefined ? null : / hypervisor( |$)/.test(flags) };
}

/** Reads everything this file knows. */
export function readSystem(): Facts {
  const cpu = parseCpuInfo(valueOrNull(readText('/proc/cpuinfo')) ?? '');
  const config = kernelConfig();
  const option = (name: string) => (config === null ? null : parseKernelOption(config, name));
  return {
    kernel: `${os.type()} ${os.release()}`,
    kernel_build: os.version(),
    architecture: os.machine(),
    distribution: parseDistribution(valueOrNull(readText('/etc/os-release')) ?? ''),
    cpu_model: cpu.model,
    cpus: os.cpus().length,
    cpus_online: trimmed('/sys/devices/system/cpu/online'),
    cpus_allowed: valueOrNull(readAllowedCpus('self'))?.join(',') ?? null,
    smt_active: flag('/sys/devices/system/cpu/smt/active'),
    hypervisor: cpu.hypervisor,
    memory_bytes: os.totalmem(),
    cpu_governor: trimmed('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    transparent_hugepages: choice('/sys/kernel/mm/transparent_hugepage/enabled'),
    mitigations: mitigations(),
    somaxconn: integer('/proc/sys/net/core/somaxconn'),
    ulimit_open_files: openFiles(),
    perf_event_paranoid: integer('/proc/sys/kernel/perf_event_paranoid'),
    clocksource: trimmed('/sys/devices/system/clocksource/clocksource0/current_clocksource'),
    kernel_hz: hertz(option('CONFIG_HZ')),
    irq_time_accounting: option('CONFIG_IRQ_TIME_ACCOUNTING'),
    container: container(),
    load_average_1m: os.loadavg()[0] ?? null,
    load_average_5m: os.loadavg()[1] ?? null,
    load_average_15m: os.loadavg()[2] ?? null,
    ...readKernel(config),
  };
}

function integer(path: string): number | null {
  const text = trimmed(path);
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : null;
}

function flag(path: string): boolean | null {
  const value = integer(path);
  return value === null ? null : value !== 0;
}

function hertz(value: string | boolean | null): number | null {
  return typeof value === 'string' ? Number(value) : null;
}

function openFiles(): number | string | null {
  const limit = valueOrNull(readOpenFilesLimit());
  return limit === Number.POSITIVE_INFINITY ? 'unlimited' : limit;
}

/** `name: state` of every known vulnerability: they change what a switch and a system call cost. */
function mitigations(): string | null {
  const folder = '/sys/devices/system/cpu/vulnerabilities';
  if (!existsSync(folder)) return null;
  const lines = readdirSync(folder).map((name) => `${name}: ${trimmed(`${folder}/${name}`)}`);
  const relevant = lines.filter((line) => !line.endsWith(': Not affected'));
  return relevant.length === 0 ? 'none needed' : relevant.join('; ');
}

/** The kernel's own configuration, from where distributions leave it. */
function kernelConfig(): string | null {
  try {
    return gunzipSync(readFileSync('/proc/config.gz')).toString();
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
  return valueOrNull(readText(`/boot/config-${os.release()}`));
}

/** The kind of container, or null: a missing mark proves nothing. */
function container(): string | null {
  if (existsSync('/.dockerenv')) return 'docker';
  if (existsSync('/run/.containerenv')) return 'podman';
  return /(docker|kubepods|containerd|lxc)/.exec(trimmed('/proc/1/cgroup') ?? '')?.[1] ?? null;
}
