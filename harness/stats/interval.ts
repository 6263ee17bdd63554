/**
 * What every estimator here returns: an estimate with its interval, or the reason why there is
 * none.
 */

export interface Interval {
  /** null when there are no values. */
  readonly estimate: number | null;
  /** null, both, when there are too few values for the confidence asked. */
  readonly lo: number | null;
  readonly hi: number | null;
  /**
   * Confidence that lo..hi really has (0..1): exact, at least what was asked. null with lo and hi.
   */
  readonly confidence: number | null;
  /** Values behind it. */
  readonly n: number;
  readonly why?: string;
}

/** Two-sided confidence of everything that is shown. */
export const CONFIDENCE = 0.95;

/** More values than any run has; beyond it the exact distributions leave the range of a double. */
export const MAX_VALUES = 1000;

/**
 * The fewest values for which any rank interval reaches `confidence`: widest of all is
 * smallest..largest, which misses a median with probability 2 (1/2)^n. 6 for 95 %.
 */
export function fewestValues(confidence: number): number {
  return Math.ceil(Math.log2(2 / (1 - confidence)));
}

export function tooFew(n: number, confidence: number): string {
  const values = n === 1 ? '1 value' : `${n} values`;
  const needed = fewestValues(confidence);
  const percent = Number((100 * confidence).toPrecision(3));
  return `no ${percent} % interval from ${values}: ${needed} are needed`;
}

/**
 * Refuses wrong arguments: too many values, values that are not finite, a confidence outside (0,
 * 1).
 */
export function checkValues(values: readonly number[], confidence: number): void {
  if (values.length > MAX_VALUES) throw new Error(`${values.length} values, at most ${MAX_VALUES}`);
  if (!values.every(Number.isFinite)) throw new Error(`values must be finite: ${values}`);
  if (!(confidence > 0 && confidence < 1)) throw new Error(`confidence ${confidence}`);
}
