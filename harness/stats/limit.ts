/**
 * Whether the server or the client limited a trial's throughput and latency.
 *
 * Closed load: the client was the limit when it used more than 85 % of its CPU and the server less
 * than 95 % of its own. Open load: the generator spins, so its CPU time says nothing; it was the
 * limit when it had something to do more than half of its time. Slow readers are the limit of bulk,
 * unless the server was saturated. When the shares are unknown, or both sides share a CPU, the
 * throughput is not the server's either.
 */
import type { Condition, Placement, Trial } from '../results/schema.js';
import { asksOf } from '../results/workloads.js';

/** Share of its CPU above which the client of a closed load is called busy. */
const CLIENT_BUSY = 0.85;
/** Share of its time above which the spinning generator of an open load is called busy. */
export const OPEN_CLIENT_BUSY = 0.5;
/** Share of its CPUs from which on the server is called saturated. */
const SERVER_SATURATED = 0.95;

export interface TrialPlace {
  readonly condition: Condition;
  /** CPUs that server and client were pinned to: Plan.placement. */
  readonly placement: Placement;
}

export type Limit = 'client' | 'shared' | 'readers' | 'unknown' | 'none';

export const LIMIT_WORDS: Readonly<Record<Exclude<Limit, 'none'>, string>> = {
  client: "the client's CPU was the limit",
  shared: 'client and server ran on the same CPU',
  readers: 'the slow readers set the pace',
  unknown: 'whether the client was the limit is unknown, for lack of CPU times',
};

/** Whether the client, not the server, was the limit. shared: both ran on one CPU. */
export function clientLimit(trial: Trial, place: TrialPlace): Limit {
  const { serverCpus, clientCpus } = place.placement;
  if (serverCpus.some((cpu) => clientCpus.includes(cpu))) return 'shared';
  if (asksOf(place.condition).readBytesPerS !== undefined) {
    const share = serverShare(trial, serverCpus.length);
    return share !== null && share >= SERVER_SATURATED ? 'none' : 'readers';
  }
  if (place.condition.load.kind === 'open') return openLimit(trial);
  const client = clientShare(trial);
  const server = serverShare(trial, serverCpus.length);
  if (server !== null && server >= SERVER_SATURATED) return 'none';
  if (client !== null && client <= CLIENT_BUSY) return 'none';
  return client === null || server === null ? 'unknown' : 'client';
}

function openLimit({ client }: Trial): Limit {
  const busy = client?.busyShare?.value ?? null;
  if (busy === null) return 'unknown';
  return busy > OPEN_CLIENT_BUSY ? 'client' : 'none';
}

/** Replies per second of the window; null without a window. */
export function throughputOf(trial: Trial): number | null {
  const seconds = windowSeconds(trial);
  return !trial.counts || seconds === null ? null : trial.counts.completed / seconds;
}

/**
 * CPU time of the generator as a share of the window, over its threads: 1 is all of them for the
 * whole window. null when unknown.
 */
export function clientShare(trial: Trial): number | null {
  const cpuUs = trial.client?.cpuUs.value ?? null;
  const seconds = windowSeconds(trial);
  const threads = trial.client?.threads ?? 1;
  return cpuUs === null || seconds === null ? null : cpuUs / (seconds * 1e6 * threads);
}

/** CPU time of the server as a share of all CPUs it may use, 0..1. null when unknown. */
export function serverShare(trial: Trial, cpus: number): number | null {
  const user = trial.server.user_cpu_us?.value ?? null;
  const system = trial.server.system_cpu_us?.value ?? null;
  const intervalNs = trial.client?.statsIntervalNs ?? 0;
  if (user === null || system === null || intervalNs <= 0) return null;
  return (user + system) / ((intervalNs / 1000) * cpus);
}

/** Length of the window, or of all slices together, s; null when there was none. */
export function windowSeconds({ window }: Pick<Trial, 'window'>): number | null {
  if (!window) return null;
  const { startNs, endNs, openNs } = window;
  const ns = openNs === undefined ? BigInt(endNs) - BigInt(startNs) : BigInt(openNs);
  return ns > 0n ? Number(ns) / 1e9 : null;
}
