/**
 * From the paired ratios of one subject in one condition to decisions.
 *
 * Primary metrics are named before any run; they alone are decided, and each decision holds at 95 %
 * for all of them together (Holm). `requests_per_cpu_s` is the inverse of CPU per request: the same
 * test, so it takes that decision and is no test of its own. All other metrics describe.
 */
import { type Better, METRICS, type MetricName } from '../results/metrics.js';
import type { RatioRow } from '../results/schema.js';
import { holm } from './holm.js';
import { equivalenceTest, signedRankTest } from './signed-rank-test.js';

/** The metric that a run is judged by: its ratios must be precise, its twin's must agree. */
export const CARRIER = 'cpu_us_per_request';

export function isPrimary(metric: MetricName): boolean {
  const { isPrimary: named = false, better } = METRICS[metric];
  return named && better !== 'neither';
}

/** Chance of any false better or worse among the primary metrics of a subject in a condition. */
export const LEVEL = 0.05;

/** Ratios between 1 / (1 + margin) and 1 + margin are called equal in practice. */
export const EQUIVALENCE_MARGIN = 0.1;

/** One metric of the family. */
export interface Tested {
  readonly metric: MetricName;
  readonly better: Better;
  /** Logarithms of the ratios subject / reference, one per block; empty when it is not compared. */
  readonly logs: readonly number[];
}

type Decision = RatioRow['decision'];

/**
 * Decisions by metric; null for a metric that is not primary or was not compared. `level` is below
 * LEVEL where the condition could have stopped at other looks (precision.ts).
 */
export function decide(
  family: readonly Tested[],
  level = LEVEL,
): ReadonlyMap<MetricName, Decision> {
  const tested = family.filter(({ metric, logs }) => isPrimary(metric) && logs.length > 0);
  const adjusted = holm(tested.map(({ logs }) => signedRankTest(logs).twoSided));
  const decisions = new Map<MetricName, Decision>(family.map(({ metric }) => [metric, null]));
  for (const [i, one] of tested.entries()) {
    decisions.set(one.metric, decisionOf(one, adjusted[i] as number, level));
  }
  if (decisions.has('requests_per_cpu_s')) {
    decisions.set('requests_per_cpu_s', decisions.get('cpu_us_per_request') ?? null);
  }
  return decisions;
}

function decisionOf(
  { better, logs }: Tested,
  adjustedP: number,
  level: number,
): Exclude<Decision, null> {
  if (adjustedP <= level) {
    const { greater, less } = signedRankTest(logs);
    const higher = greater < less;
    return higher === (better === 'higher') ? 'better' : 'worse';
  }
  const equivalent = equivalenceTest(logs, Math.log1p(EQUIVALENCE_MARGIN)) <= level;
  return equivalent ? 'equivalent' : 'undecided';
}
