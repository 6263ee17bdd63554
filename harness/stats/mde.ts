/**
 * The smallest difference that a sample could have shown: printed with every "no difference
 * seen".
 *
 *     MDE = exp((z_0.99 + z_0.90) s / sqrt(0.955 n)) - 1
 *
 * s is the standard deviation of the n logarithms of ratios; 0.955 = 3 / pi is the asymptotic
 * efficiency of the signed-rank test against the t-test for normal values; the level is one-sided
 * 1 %, about what Holm's correction leaves of 5 % for each of five metrics. mde.test.ts checks the
 * power by simulation: near 0.9 from 20 pairs on, 0.8 at 10, where exact rank tests are coarser
 * than the formula knows.
 */

/** Quantiles of the normal distribution: z_0.99 of the level, z_0.90 of the power. */
const Z_LEVEL = 2.3263478740408408;
const Z_POWER = 1.2815515655446004;
const EFFICIENCY = 3 / Math.PI;

/**
 * Smallest relative difference (0.05 = 5 %) that would have been found 9 times in 10; null with
 * fewer than two values, which show no spread.
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
