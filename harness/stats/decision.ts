/**
 * From the paired ratios of one subject in one condition to decisions.
 *
 * Primary metrics are named before any run; they alone are decided, and each decision holds at 95 %
 * for all of them together (Holm). `requests_per_cpu_s` is the inverse of CPU per request: the same
 * test, so it takes that decision and is no test of its own. All other metrics describe.
 */
import { type Better, METRICS, type MetricName } from '../results/metrics.js';
import type { RatioRow } from '../results/schema.js';
import { equivalenceTest, signedRankTest } from './signed-rank.js';

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

/**
 * Holm's step-down adjustment (Scand. J. Statist. 6, 1979): with p-values of one family adjusted
 * so, "adjusted p <= alpha" claims anything false with probability at most alpha, however the tests
 * depend on each other.
 *
 * Adjusted p-values in the order given, each at least its own p and at most 1.
 */
export function holm(pValues: readonly number[]): number[] {
  const ascending = [...pValues.entries()].sort(([, a], [, b]) => a - b);
  const adjusted = new Array<number>(pValues.length);
  let floor = 0;
  for (const [rank, [index, p]] of ascending.entries()) {
    floor = Math.max(floor, Math.min(1, p * (pValues.length - rank)));
    adjusted[index] = floor;
  }
  return adjusted;
}

/** Quantiles of the normal distribution: z_0.99 of the level, z_0.90 of the power. */
const Z_LEVEL = 2.3263478740408408;
const Z_POWER = 1.2815515655446004;
const EFFICIENCY = 3 / Math.PI;

/**
 * Smallest relative difference (0.05 = 5 %) that would have been found 9 times in 10, printed with
 * every "no difference seen"; null with fewer than two values, which show no spread.
 *
 *     MDE = exp((z_0.99 + z_0.90) s / sqrt(0.955 n)) - 1
 *
 * s is the standard deviation of the n logarithms of ratios; 0.955 = 3 / pi is the asymptotic
 * efficiency of the signed-rank test against the t-test for normal values; the level is one-sided
 * 1 %, about what Holm's correction leaves of 5 % for each of five metrics. A test checks the
 * power by simulation: near 0.9 from 20 pairs on, 0.8 at 10, where exact rank tests are coarser
 * than the formula knows.
 */
export function detectableDifference(logRatios: readonly number[]): number | null {
  if (logRatios.length < 2) return null;
  return Math.expm1(detectableLog(standardDeviation(logRatios), logRatios.length));
}

/** The same on the log scale, from the standard deviation of n logarithms of ratios. */
export function detectableLog(standardDeviation: number, n: number): number {
  return ((Z_LEVEL + Z_POWER) * standardDeviation) / Math.sqrt(EFFICIENCY * n);
}

/** Of a sample of two or more. */
function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
