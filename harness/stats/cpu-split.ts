/**
 * What a request's CPU time goes to: user time, and system time divided into what the measured cost
 * of a switch explains and the rest. Medians over trials. Pure.
 *
 * Switches x cost is an estimate from two independent measurements: how often the server's threads
 * switched, and what a switch cost in the probe. A thread that sleeps and wakes pays it in the
 * kernel, so it is subtracted from system time; more than that is dropped and reported (`exceeds`).
 */
import type { Measured, Trial } from '../results/schema.js';
import { medianInterval } from './order-statistics.js';

export interface CpuSplit {
  /** us per request. */
  readonly user: number;
  readonly system: number;
  /** Of system: switches per request x cost; null without a measured cost. */
  readonly switches: number | null;
  /** Switches x cost is more than all system time: the probe's switch costs more than these do. */
  readonly exceeds: boolean;
  readonly n: number;
}

/** Of trials that count; `switchUs` is the measured cost of one switch. null: no such counters. */
export function cpuSplit(trials: readonly Trial[], switchUs: number | null): CpuSplit | null {
  const user = medianPerRequest(trials, ['user_cpu_us']);
  const system = medianPerRequest(trials, ['system_cpu_us']);
  if (user === null || system === null) return null;
  const count = medianPerRequest(trials, ['voluntary_switches', 'involuntary_switches']);
  const n = trials.length;
  if (switchUs === null || count === null) {
    return { user, system, switches: null, exceeds: false, n };
  }
  const explained = count * switchUs;
  const switches = Math.min(explained, system);
  return { user, system, switches, exceeds: explained > system, n };
}

/** All trials or none (summary.ts says why). */
function medianPerRequest(trials: readonly Trial[], keys: readonly string[]): number | null {
  const values = trials.map((trial) => perRequest(trial, keys));
  const numbers = values.flatMap((value) => value ?? []);
  return numbers.length < values.length ? null : medianInterval(numbers).estimate;
}

function perRequest({ server, client }: Trial, keys: readonly string[]): number | null {
  const requests = client?.requestsBetweenStats.value ?? 0;
  const counts = keys.map((key) => (server[key] as Measured | undefined)?.value ?? null);
  const total = counts.reduce<number | null>(
    (sum, value) => (sum === null || value === null ? null : sum + value),
    0,
  );
  return total === null || requests <= 0 ? null : total / requests;
}
