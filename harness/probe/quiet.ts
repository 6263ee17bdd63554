/**
 * How quiet the machine is: a short look in three parts.
 *
 *   0.4  the harness sleeps: steal, what other programs use, how late timers are
 *   0.4  a thread spins on each CPU: how often and for how long it is preempted
 *   0.2  two CPUs, each alone and both together: whether they are two cores
 */
import type { Measured } from '../results/schema.js';
import { cpuUse } from './cpu-share.js';
import { machineDeltas, readMachineState } from './machine-state.js';
import { type SentinelReport, spinSentinel } from './native.js';
import { known, type Reading, sampled, unavailable, unknown } from './reading.js';

export interface QuietLook {
  readonly durationMs: number;
  /** While the harness slept, over the CPUs given. */
  readonly machine: Readonly<Record<string, Measured>>;
  /** CPU time of other programs meanwhile, % of these CPUs. */
  readonly foreignPercent: Measured;
  readonly timer: TimerLateness;
  readonly sentinels: readonly { readonly cpu: number; readonly report: Reading<SentinelReport> }[];
  readonly pair: Reading<PairSpeed>;
}

/** How much later than asked a sleep of 1 ms ended, us. */
interface TimerLateness {
  readonly sleeps: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

interface PairSpeed {
  readonly cpus: readonly [number, number];
  /** Work of both together in work of one alone: 2 for two cores, less for siblings or steal. */
  readonly together: number;
}

const SLEEP_SHARE = 0.4;
const SPIN_SHARE = 0.4;
const PAIR_ROUNDS = 2;
/** Alone, alone, together. */
const PAIR_STEPS = 3;

/**
 * Looks for `ms` (at least 500). pair: the CPUs to be compared, null when there is only one.
 * `sleep` waits for so many ms.
 */
export async function lookAround(
  cpus: readonly number[],
  pair: readonly [number, number] | null,
  ms: number,
  sleep: (ms: number) => Promise<void>,
): Promise<QuietLook> {
  const startMs = performance.now();
  const slept = await lookAsleep(cpus, ms * SLEEP_SHARE, sleep);
  const spinMs = Math.round(ms * SPIN_SHARE);
  const sentinels = await Promise.all(
    cpus.map(async (cpu) => ({ cpu, report: await spin(cpu, spinMs) })),
  );
  const stepMs = Math.round((ms * (1 - SLEEP_SHARE - SPIN_SHARE)) / (PAIR_ROUNDS * PAIR_STEPS));
  const speed = pair === null ? unknown('there is only one CPU') : await comparePair(pair, stepMs);
  return { ...slept, sentinels, pair: speed, durationMs: performance.now() - startMs };
}

/** The sentinel as a reading: a CPU may have been taken away. */
async function spin(cpu: number, ms: number): Promise<Reading<SentinelReport>> {
  try {
    return known(await spinSentinel(cpu, ms));
  } catch (error) {
    if (error instanceof Error) return unknown(error.message);
    throw error;
  }
}

async function lookAsleep(
  cpus: readonly number[],
  ms: number,
  sleep: (ms: number) => Promise<void>,
): Promise<Pick<QuietLook, 'machine' | 'foreignPercent' | 'timer'>> {
  const endMs = performance.now() + ms;
  const ownBefore = process.cpuUsage();
  const before = readMachineState(process.pid);
  const timer = sleepOften(Math.max(50, Math.round(ms / 8)));
  await sleep(Math.max(0, endMs - performance.now()));
  const own = process.cpuUsage(ownBefore);
  const after = readMachineState(process.pid);
  const use = cpuUse(before.ticks, after.ticks, cpus);
  const source = '/proc/stat';
  const foreign = (busyUs: number, totalUs: number) =>
    (100 * Math.max(0, busyUs - own.user - own.system)) / totalUs;
  return {
    machine: machineDeltas(before, after, cpus),
    foreignPercent: use.ok
      ? sampled(foreign(use.value.busyUs, use.value.totalUs), source, 'ticks of 10 ms')
      : unavailable(source, use.why),
    timer,
  };
}

/** Sleeps of 1 ms on a futex, whose end the kernel decides: no event loop is in between. */
function sleepOften(sleeps: number): TimerLateness {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const lateUs = Array.from({ length: sleeps }, () => {
    const start = process.hrtime.bigint();
    Atomics.wait(cell, 0, 0, 1);
    return Number(process.hrtime.bigint() - start) / 1e3 - 1e3;
  }).sort((a, b) => a - b);
  const at = (share: number) => lateUs[Math.ceil(share * sleeps) - 1] ?? Number.NaN;
  return { sleeps, p50Us: at(0.5), p99Us: at(0.99), maxUs: at(1) };
}

/**
 * Work per ms of wall time on each CPU, alone and together, in turns so that a slow second hits
 * both.
 */
async function comparePair(
  [a, b]: readonly [number, number],
  ms: number,
): Promise<Reading<PairSpeed>> {
  let alone = 0;
  let together = 0;
  for (let round = 0; round < PAIR_ROUNDS; round += 1) {
    const reports = [await spin(a, ms), await spin(b, ms)];
    reports.push(...(await Promise.all([spin(a, ms), spin(b, ms)])));
    const speeds = reports.map((report) => (report.ok ? workPerMs(report.value) : null));
    const [aloneA, aloneB, bothA, bothB] = speeds;
    if (aloneA == null || aloneB == null || bothA == null || bothB == null) {
      const failed = reports.find(({ ok }) => !ok);
      return unknown(failed && !failed.ok ? failed.why : 'the threads never ran');
    }
    alone += (aloneA + aloneB) / 2;
    together += bothA + bothB;
  }
  return known({ cpus: [a, b], together: together / alone });
}

function workPerMs({ turnsPerMs, lostShare }: SentinelReport): number | null {
  return turnsPerMs === null ? null : turnsPerMs * (1 - lostShare);
}
