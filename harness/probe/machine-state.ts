/**
 * What else the machine did between two instants: steal, softirq, pressure, throttling, drops of
 * the TCP stack. All of it is kept for every program on the machine or in its network namespace,
 * not for the server alone. Parsers and deltas are pure.
 */
import type { Measured } from '../results/schema.js';
import { readThrottling, type Throttling } from './cgroup.js';
import { type KernelThreads, kernelThreadsUs, readKernelThreads } from './kernel-threads.js';
import { type CpuTicks, parseCpuTicks } from './proc.js';
import {
  exact,
  growth,
  known,
  numberIn,
  type Reading,
  readParsed,
  readText,
  sampled,
  unavailable,
  unknown,
  valueOrNull,
} from './reading.js';
import { parseCpuInfo } from './system.js';

type Ticks = ReadonlyMap<number, CpuTicks>;

/** Readings of one instant. */
export interface MachineState {
  readonly ticks: Reading<Ticks>;
  /** Time in which at least one task waited for a CPU, us since boot. */
  readonly pressureUs: Reading<number>;
  readonly throttling: Reading<Throttling>;
  /** `TcpExt.ListenDrops` -> count, of netstat and snmp. */
  readonly net: Reading<ReadonlyMap<string, number>>;
  readonly timeWaits: Reading<number>;
  /** Time on a CPU of the kernel's own threads. */
  readonly kernelThreads: Reading<KernelThreads>;
  /** Switches of all CPUs since boot, to and from idle included. */
  readonly switches: Reading<number>;
  /** Whether this is a virtual machine; null where the architecture does not say. */
  readonly guest: boolean | null;
}

/** `some … total=N` of /proc/pressure/cpu, us. */
export function parsePressureTotal(text: string): number | null {
  return numberIn(text, /^some .*\btotal=(\d+)$/m);
}

/** /proc/net/netstat and snmp: a line of names, then a line of values, under one prefix. */
export function parseNetCounters(text: string): ReadonlyMap<string, number> | null {
  const counters = new Map<string, number>();
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const [prefix, ...names] = line.split(' ');
    const [next, ...values] = lines[index + 1]?.split(' ') ?? [];
    if (prefix === undefined || prefix !== next || index % 2 === 1) continue;
    for (const [at, name] of names.entries()) {
      counters.set(`${prefix.replace(':', '.')}${name}`, Number(values[at]));
    }
  }
  return counters.size === 0 ? null : counters;
}

/** Sockets in TIME_WAIT, from sockstat. */
export function parseTimeWaits(sockstat: string): number | null {
  return numberIn(sockstat, /^TCP: .*\btw (\d+)/m);
}

export function parseSwitches(stat: string): number | null {
  return numberIn(stat, /^ctxt (\d+)$/m);
}

/** Everything now. pid: the process whose network namespace counts. */
export function readMachineState(pid: number): MachineState {
  return {
    ticks: readParsed('/proc/stat', parseCpuTicks),
    pressureUs: readParsed('/proc/pressure/cpu', parsePressureTotal),
    throttling: readThrottling(),
    net: readNet(pid),
    timeWaits: readParsed(`/proc/${pid}/net/sockstat`, parseTimeWaits),
    kernelThreads: readKernelThreads(),
    switches: readParsed('/proc/stat', parseSwitches),
    guest: isGuest(),
  };
}

let guest: boolean | null | undefined;

/** Read once: it does not change. */
function isGuest(): boolean | null {
  guest ??= parseCpuInfo(valueOrNull(readText('/proc/cpuinfo')) ?? '').hypervisor;
  return guest;
}

function readNet(pid: number): Reading<ReadonlyMap<string, number>> {
  const netstat = readText(`/proc/${pid}/net/netstat`);
  const snmp = readText(`/proc/${pid}/net/snmp`);
  if (!netstat.ok) return netstat;
  if (!snmp.ok) return snmp;
  const counters = parseNetCounters(`${netstat.value.trimEnd()}\n${snmp.value}`);
  return counters === null ? unknown('/proc/net/netstat: not understood') : known(counters);
}

/** Entry of a trial -> the kernel's name. */
const NET_COUNTERS: Readonly<Record<string, string>> = {
  listen_overflows: 'TcpExt.ListenOverflows',
  listen_drops: 'TcpExt.ListenDrops',
  syn_cookies_sent: 'TcpExt.SyncookiesSent',
  time_waits_ended: 'TcpExt.TW',
  time_waits_recycled: 'TcpExt.TWRecycled',
  time_wait_overflows: 'TcpExt.TCPTimeWaitOverflow',
  tcp_retransmits: 'Tcp.RetransSegs',
  tcp_timeouts: 'TcpExt.TCPTimeouts',
};

/** What happened between two states, on the CPUs given and in the network. Pure. */
export function machineDeltas(
  first: MachineState,
  last: MachineState,
  cpus: readonly number[],
): Record<string, Measured> {
  const pressure = '/proc/pressure/cpu some';
  const net = Object.entries(NET_COUNTERS).map(([name, kernel]) => [
    name,
    growth(counter(first.net, kernel), counter(last.net, kernel), `/proc/net ${kernel}`),
  ]);
  return {
    ...cpuEntries(first, last, cpus),
    psi_cpu_some_us: growth(first.pressureUs, last.pressureUs, pressure),
    cgroup_throttled: throttled(first.throttling, last.throttling),
    ...Object.fromEntries(net),
    time_wait_sockets: last.timeWaits.ok
      ? exact(last.timeWaits.value, '/proc/net/sockstat')
      : unavailable('/proc/net/sockstat', last.timeWaits.why),
    kernel_threads_us: kernelThreadsUs(first.kernelThreads, last.kernelThreads, cpus),
    machine_switches: growth(first.switches, last.switches, '/proc/stat ctxt'),
  };
}

function counter(net: Reading<ReadonlyMap<string, number>>, name: string): Reading<number> {
  if (!net.ok) return net;
  const value = net.value.get(name);
  return value === undefined ? unknown(`this kernel has no ${name}`) : known(value);
}

function throttled(first: Reading<Throttling>, last: Reading<Throttling>): Measured {
  if (!last.ok) return unavailable('cpu.stat of the cgroup', last.why);
  if (!first.ok) return unavailable('cpu.stat of the cgroup', first.why);
  return growth(known(first.value.count), known(last.value.count), last.value.source);
}

/** Why two readings that are too close say nothing. */
export const NO_TICK = 'no tick between the two readings';
const TICK_SAMPLED = 'in ticks of 10 ms; what is not steal is sampled by the timer interrupt';
const STEAL_UNSEEN =
  'a guest whose steal has been 0 since boot: the hypervisor may not report it at all';

/** Steal and softirq over all CPUs given, and of each. */
function cpuEntries(
  first: MachineState,
  last: MachineState,
  cpus: readonly number[],
): Record<string, Measured> {
  const share = (some: readonly number[], field: 'steal' | 'softirq') =>
    field === 'steal' && stealUnseen(last)
      ? unavailable('/proc/stat steal', STEAL_UNSEEN)
      : shareOf(first.ticks, last.ticks, some, field);
  const each = cpus.flatMap((cpu) => [
    [`cpu${cpu}_steal_percent`, share([cpu], 'steal')],
    [`cpu${cpu}_softirq_percent`, share([cpu], 'softirq')],
  ]);
  return {
    steal_percent: share(cpus, 'steal'),
    softirq_percent: share(cpus, 'softirq'),
    ...Object.fromEntries(each),
  };
}

/** A hypervisor that reports steal has reported some since boot. On bare metal 0 is 0. */
function stealUnseen({ ticks, guest }: MachineState): boolean {
  return guest !== false && ticks.ok && [...ticks.value.values()].every(({ steal }) => steal === 0);
}

function shareOf(
  first: Reading<Ticks>,
  last: Reading<Ticks>,
  cpus: readonly number[],
  field: 'steal' | 'softirq',
): Measured {
  const source = `/proc/stat ${field}`;
  if (!first.ok) return unavailable(source, first.why);
  if (!last.ok) return unavailable(source, last.why);
  const before = sumTicks(first.value, cpus);
  const after = sumTicks(last.value, cpus);
  if (before === null || after === null) return unavailable(source, 'a CPU is missing');
  const total = after.total - before.total;
  if (total <= 0) return unavailable(source, NO_TICK);
  return sampled((100 * (after[field] - before[field])) / total, source, TICK_SAMPLED);
}

function sumTicks(ticks: Ticks, cpus: readonly number[]) {
  const sum = { steal: 0, softirq: 0, total: 0 };
  for (const cpu of cpus) {
    const one = ticks.get(cpu);
    if (one === undefined) return null;
    sum.steal += one.steal;
    sum.softirq += one.softirq;
    sum.total += Object.values(one).reduce((all: number, value: number) => all + value, 0);
  }
  return sum;
}
