/**
 * Holm's step-down adjustment (Scand. J. Statist. 6, 1979): with p-values of one family adjusted
 * so, "adjusted p <= alpha" claims anything false with probability at most alpha, however the tests
 * depend on each other.
 */

/** Adjusted p-values in the order given, each at least its own p and at most 1. */
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
