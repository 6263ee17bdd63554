/**
 * Paired ratio of a subject to a reference over the blocks of one condition.
 *
 * Per block d = ln(x / reference): both lives were measured close in time, so what slows the
 * machine for the whole block cancels. Centre and interval of the d are Hodges-Lehmann's; exp
 * brings them back. On the log scale a / b and b / a mirror each other and the differences are
 * symmetric when both subjects have the same scatter.
 *
 * A block without a value on either side is no pair and is left out: whether a value exists is
 * decided before looking at what it is. A value of 0 or below is different: leaving such blocks out
 * would choose blocks by their outcome, so one of them makes the whole ratio null.
 */
import { CONFIDENCE, type Interval } from './interval.js';
import { hodgesLehmann } from './signed-rank.js';

/** The two values of one block; null for one that could not be measured. */
export interface Pair {
  readonly subject: number | null;
  readonly reference: number | null;
  /** ln(subject / reference) where it is known more precisely than from the two values. */
  readonly log?: number | null;
}

/** Estimate and interval of the ratio; n counts the complete pairs. */
export function pairedRatio(pairs: readonly Pair[], confidence = CONFIDENCE): Interval {
  const complete = completePairs(pairs);
  const n = complete.length;
  const missing = pairs.length - n;
  const left = missing === 0 ? [] : [`${missing} of ${pairs.length} pairs lack a value`];
  const notPositive = complete.filter(({ subject, reference }) => !(subject > 0 && reference > 0));
  if (notPositive.length > 0) {
    const why = `no ratio: a value is 0 or below in ${notPositive.length} of ${n} pairs`;
    return { ...NOTHING, n, why: [why, ...left].join('; ') };
  }
  const logs = complete.map(logOf);
  const centre = n === 0 ? { ...NOTHING, n, why: 'no pairs' } : hodgesLehmann(logs, confidence);
  const reasons = [...(centre.why === undefined ? [] : [centre.why]), ...left];
  return {
    estimate: exp(centre.estimate),
    lo: exp(centre.lo),
    hi: exp(centre.hi),
    confidence: centre.confidence,
    n,
    ...(reasons.length === 0 ? {} : { why: reasons.join('; ') }),
  };
}

/**
 * Logarithms of the ratios of the complete pairs; none at all where a value of one of them is 0 or
 * below.
 */
export function logRatios(pairs: readonly Pair[]): number[] {
  const complete = completePairs(pairs);
  const positive = complete.every(({ subject, reference }) => subject > 0 && reference > 0);
  return positive ? complete.map(logOf) : [];
}

interface CompletePair {
  readonly subject: number;
  readonly reference: number;
  readonly log: number | null;
}

function completePairs(pairs: readonly Pair[]): CompletePair[] {
  return pairs.flatMap(({ subject, reference, log = null }) =>
    subject === null || reference === null ? [] : [{ subject, reference, log }],
  );
}

function logOf({ subject, reference, log }: CompletePair): number {
  return log ?? Math.log(subject / reference);
}

const NOTHING = { estimate: null, lo: null, hi: null, confidence: null } as const;

function exp(value: number | null): number | null {
  return value === null ? null : Math.exp(value);
}
