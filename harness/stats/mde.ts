/**
 * The smallest difference that a sample could have shown: printed beside every "no difference
 * seen".
 *
 * A two-sided test at level 1 - c finds a difference of (z_c + z_0.9) standard errors with power
 * 0.9, where z_c is the normal quantile at (1 + c) / 2 (the usual power formula). The interval's
 * half-width is what z_c standard errors come to with these very values, so the difference is
 * half-width x (z_c + z_0.9) / z_c. Taking the half-width that was really obtained, not one from
 * the standard deviation, keeps the figure honest at small n, where exact rank intervals are much
 * wider than normal ones; mde.test.ts checks the power by simulation.
 */
import { probit } from 'simple-statistics';

const POWER = 0.9;

/**
 * Smallest relative difference (0.05 = 5 %) that would have been found 9 times in 10, from an
 * interval of a ratio: 0 < lo <= hi, with its attained confidence. Approximate: the interval itself
 * is a matter of chance.
 */
export function detectableDifference(lo: number, hi: number, confidence: number): number {
  const halfWidth = (Math.log(hi) - Math.log(lo)) / 2;
  const zConfidence = probit((1 + confidence) / 2);
  return Math.expm1((halfWidth * (zConfidence + probit(POWER))) / zConfidence);
}
