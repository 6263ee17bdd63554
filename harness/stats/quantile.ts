/** Quantiles between two values lie on the line between them (type 7 of Hyndman and Fan, 1996). */

/** `sorted` ascending, at least one value; `share` from 0 to 1. */
export function quantileSorted(sorted: ArrayLike<number>, share: number): number {
  const place = (sorted.length - 1) * share;
  const [lower, upper] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (lower === undefined || upper === undefined) throw new Error(`${share} of no values`);
  return lower + (place % 1) * (upper - lower);
}

/** Of at least one value, in any order. */
export function median(values: Iterable<number>): number {
  return quantileSorted(Float64Array.from(values).sort(), 0.5);
}
