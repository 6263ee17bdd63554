/**
 * The values of options as text -> checked values. Each function throws a UserError with exit
 * status 2. Pure.
 */
import { UserError } from '../errors.js';
import { whatExists } from '../plan/nearest.js';

interface Range {
  readonly min: number;
  readonly max: number;
}

/** A whole number in decimal digits, within the range. */
export function parseCount(option: string, text: string, { min, max }: Range): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw bad(option, text, `give a whole number from ${min} to ${max}`);
}

/** Numbers between commas, ascending and without repeats. */
export function parseCounts(option: string, text: string, range: Range): number[] {
  const values = parseNames(option, text).map((part) => parseCount(option, part, range));
  return [...new Set(values)].sort((a, b) => a - b);
}

/** `3%`, `3 %`, `3` or `2.5%` -> 0.03 or 0.025. The range is in per cent. */
export function parsePercent(option: string, text: string, { min, max }: Range): number {
  const match = /^(\d{1,9}(?:\.\d{1,6})?) ?%?$/.exec(text);
  const value = match ? Number(match[1]) : Number.NaN;
  if (value >= min && value <= max) return value / 100;
  throw bad(option, text, `give a percentage from ${min}% to ${max}%, for example 3% or 2.5%`);
}

/** Words between commas, without repeats, at least one. */
export function parseNames(option: string, text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return [...new Set(names)];
  throw bad(option, text, 'give names with commas between them, for example a,b');
}

/** One of a fixed set of words. */
export function parseChoice<T extends string>(
  option: string,
  text: string,
  choices: readonly T[],
): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const noun = option.replace(/^--/, '').replace(/s$/, '');
  throw new UserError(`there is no ${noun} ${text}`, whatExists(text, choices), { exitCode: 2 });
}

/** `1500`, `1500ms` or `1.5s` -> milliseconds, whole. */
export function parseDuration(option: string, text: string, { min, max }: Range): number {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s)?$/.exec(text);
  const value = match ? Math.round(Number(match[1]) * (match[2] === 's' ? 1000 : 1)) : Number.NaN;
  if (value >= min && value <= max) return value;
  const from = `${min === 0 ? '0' : `${min}ms`} to ${max / 1000}s`;
  throw bad(option, text, `give a time from ${from}, for example 500ms or 1.5s`);
}

/** Short enough for a command line, and the same in any shell without quotes. */
export function parseSeed(option: string, text: string): string {
  if (/^[\w.:+-]{1,64}$/.test(text)) return text;
  throw bad(option, text, 'give 1 to 64 letters, digits or any of . : + - _');
}

function bad(option: string, text: string, remedy: string): UserError {
  return new UserError(`${option} cannot be ${text === '' ? 'empty' : `"${text}"`}`, remedy, {
    exitCode: 2,
  });
}
