/**
 * The jitter sentinel around blocks: for a moment a thread spins on every CPU of the run, and what
 * kept it from running would have kept a server from answering. Never while a window is open.
 *
 * One look between two blocks is the second of the one and the first of the other. A trial carries
 * the looks that were made when it ended: the first of its block, and if it is the last trial,
 * both.
 */
import { SENTINEL_MS } from '../plan/profiles.js';
import type { SentinelReport } from '../probe/native.js';
import type { Measured, Placement, Trial } from '../results/schema.js';
import { gradeMeasured, statusOf, type Thresholds } from './grade.js';

/** Spins on a CPU for `ms`; rejects with an Error when it cannot. */
export type Spin = (cpu: number, ms: number) => Promise<SentinelReport>;

/** One look: a report per CPU, or why there is none. */
export type Look = ReadonlyMap<number, SentinelReport> | { readonly why: string };

/** Looks at all CPUs of a placement at the same time. */
export async function look(spin: Spin, { serverCpus, clientCpus }: Placement): Promise<Look> {
  const cpus = [...new Set([...serverCpus, ...clientCpus])];
  try {
    const reports = await Promise.all(cpus.map((cpu) => spin(cpu, SENTINEL_MS)));
    return new Map(reports.map((report, i) => [cpus[i] as number, report]));
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/** The trial with what the sentinel saw; a void level makes an ok trial void. */
export function withLooks(
  trial: Trial,
  thresholds: Thresholds,
  before: Look,
  after: Look | null,
): Trial {
  const looks = after === null ? [before] : [before, after];
  const machine = {
    ...trial.machine,
    sentinel_lost_percent: worst(looks, ({ lostShare }) => 100 * lostShare),
    sentinel_gap_us: worst(looks, ({ maxGapUs }) => maxGapUs),
    ...(after === null ? {} : { clock_drift_percent: drift(before, after) }),
  };
  const grades = (name: keyof typeof machine & string, what: string) =>
    gradeMeasured(thresholds, name, machine[name], what);
  const checks = [
    ...trial.checks,
    ...grades('sentinel_lost_percent', 'of its time a thread that only spins lost, on some CPU'),
    ...grades('sentinel_gap_us', 'was the longest time it did not run'),
    ...grades('clock_drift_percent', 'change of its speed over the block, on some CPU'),
  ];
  const verdict = trial.status === 'ok' ? statusOf(checks) : {};
  return { ...trial, machine, checks, ...verdict };
}

const SOURCE = 'a spinning thread beside the block';

function worst(looks: readonly Look[], read: (report: SentinelReport) => number): Measured {
  const values: number[] = [];
  for (const one of looks) {
    if ('why' in one) return unavailable(one.why);
    values.push(...[...one.values()].map(read));
  }
  return { value: Math.max(...values), source: SOURCE, quality: 'sampled' };
}

/** The largest relative change of speed of any CPU, per cent. */
function drift(before: Look, after: Look): Measured {
  if ('why' in before) return unavailable(before.why);
  if ('why' in after) return unavailable(after.why);
  const changes = [...before].flatMap(([cpu, { turnsPerMs: first }]) => {
    const last = after.get(cpu)?.turnsPerMs ?? null;
    return first === null || first === 0 || last === null ? [] : [Math.abs(last / first - 1)];
  });
  if (changes.length === 0) return unavailable('the thread had no CPU time of its own');
  return { value: 100 * Math.max(...changes), source: SOURCE, quality: 'sampled' };
}

function unavailable(why: string): Measured {
  return { value: null, source: SOURCE, quality: 'unavailable', why };
}
