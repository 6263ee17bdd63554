/**
 * What this process is allowed, as far as it decides what can be measured. Parsers are pure.
 *
 * Capability numbers: linux/capability.h.
 */
import { readText, valueOrNull } from './reading.js';

export interface Rights {
  readonly root: boolean;
  /** CAP_PERFMON, or CAP_SYS_ADMIN, which includes it. */
  readonly perfmon: boolean;
  /** kernel.perf_event_paranoid; null when it cannot be read. */
  readonly paranoid: number | null;
  /** Whether a seccomp filter is active, as in most containers. */
  readonly seccompFilter: boolean;
}

const CAPABILITIES: Readonly<Record<string, number>> = {
  dac_override: 1,
  net_admin: 12,
  sys_ptrace: 19,
  sys_admin: 21,
  sys_nice: 23,
  sys_resource: 24,
  perfmon: 38,
  bpf: 39,
};

/** Names of the effective capabilities that matter to measuring; null when the text has none. */
export function parseCapabilities(status: string): readonly string[] | null {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  if (hex === undefined) return null;
  const held = BigInt(`0x${hex}`);
  return Object.entries(CAPABILITIES)
    .filter(([, bit]) => (held >> BigInt(bit)) & 1n)
    .map(([name]) => name);
}

/** `none`, `strict` or `filter`; null when the text does not say. */
export function parseSeccomp(status: string): 'none' | 'strict' | 'filter' | null {
  const mode = /^Seccomp:\s*([012])$/m.exec(status)?.[1];
  return mode === undefined
    ? null
    : ((['none', 'strict', 'filter'] as const)[Number(mode)] ?? null);
}

/** Reads /proc/self/status and the sysctl. */
export function readRights(): Rights {
  const status = valueOrNull(readText('/proc/self/status')) ?? '';
  const held = parseCapabilities(status) ?? [];
  const paranoid = valueOrNull(readText('/proc/sys/kernel/perf_event_paranoid'))?.trim();
  return {
    root: process.geteuid?.() === 0,
    perfmon: held.includes('perfmon') || held.includes('sys_admin'),
    paranoid: paranoid !== undefined && /^-?\d+$/.test(paranoid) ? Number(paranoid) : null,
    seccompFilter: parseSeccomp(status) === 'filter',
  };
}
