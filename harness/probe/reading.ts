/**
 * A fact read from the system: the value, or why it could not be read. Never a zero that means
 * unknown.
 */
import { readFileSync } from 'node:fs';
import type { Measured } from '../results/schema.js';

export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string };

export function known<T>(value: T): Reading<T> {
  return { ok: true, value };
}

export function unknown(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}

export function valueOrNull<T>(reading: Reading<T>): T | null {
  return reading.ok ? reading.value : null;
}

/** The text of a file. Synchronous, because /proc does no I/O and a reading must be one instant. */
export function readText(path: string): Reading<string> {
  try {
    return known(readFileSync(path, 'utf8'));
  } catch (error) {
    if (isSystemError(error)) return unknown(`${path}: ${error.code}`);
    throw error;
  }
}

/**
 * Reads a file and parses it; a text that the parser does not know is unknown, with the file's
 * name.
 */
export function readParsed<T>(path: string, parse: (text: string) => T | null): Reading<T> {
  const text = readText(path);
  if (!text.ok) return text;
  const value = parse(text.value);
  return value === null ? unknown(`${path}: not understood`) : known(value);
}

/** The number that the first group of `pattern` finds, times `unit`; null where it finds none. */
export function numberIn(text: string, pattern: RegExp, unit = 1): number | null {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found) * unit;
}

export function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** The sum over several processes, known when it is known of one at least. */
export function sumKnown(readings: readonly Reading<number>[]): Reading<number> {
  const values = readings.flatMap((reading) => (reading.ok ? [reading.value] : []));
  if (values.length > 0) return known(values.reduce((sum, value) => sum + value, 0));
  const [first] = readings;
  return unknown(first === undefined || first.ok ? 'no process' : first.why);
}

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
