/** Values with their source and quality, as results keep them. Pure. */
import type { Measured } from '../results/schema.js';
import type { Reading } from './reading.js';

export function exact(value: number, source: string): Measured {
  return { value, source, quality: 'exact' };
}

export function partial(value: number, source: string, why: string): Measured {
  return { value, source, quality: 'partial', why };
}

export function sampled(value: number, source: string, why: string): Measured {
  return { value, source, quality: 'sampled', why };
}

export function unavailable(source: string, why: string): Measured {
  return { value: null, source, quality: 'unavailable', why };
}

/** Applies `measure` to what was read, or says why there is nothing. */
export function measuredFrom<T>(
  reading: Reading<T>,
  source: string,
  measure: (value: T) => Measured,
): Measured {
  return reading.ok ? measure(reading.value) : unavailable(source, reading.why);
}

/** The growth of a counter between two readings; unknown when either is, or it went backwards. */
export function growth(
  first: Reading<number>,
  last: Reading<number>,
  source: string,
  measure: (value: number) => Measured = (value) => exact(value, source),
): Measured {
  if (!first.ok) return unavailable(source, first.why);
  if (!last.ok) return unavailable(source, last.why);
  if (last.value < first.value) {
    return unavailable(source, `went backwards, from ${first.value} to ${last.value}`);
  }
  return measure(last.value - first.value);
}
