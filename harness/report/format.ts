/**
 * Numbers and short phrases as the page shows them. Rounding is for reading only; the data block
 * has the full values.
 */

export interface Interval {
  readonly lo: number;
  readonly hi: number;
}

const GAP = '–';

function decimalsFor(size: number): number {
  if (size >= 100) return 0;
  if (size >= 10) return 1;
  if (size >= 1) return 2;
  return Math.min(20, 1 - Math.floor(Math.log10(size)));
}

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');

/**
 * Three significant digits or more, thousands separated: 104213.4 -> `104,213`, 12.34 -> `12.3`,
 * 0.0123 -> `0.012`.
 */
export function quantity(value: number): string {
  if (!Number.isFinite(value)) return GAP;
  if (value === 0) return '0';
  // Rounded first: 9.997 has the decimals of 10.0.
  const fixed = value.toFixed(decimalsFor(Number(Math.abs(value).toPrecision(3))));
  const [integer = '', fraction] = fixed.split('.');
  return fraction === undefined ? grouped(integer) : `${grouped(integer)}.${fraction}`;
}

/** A count, or a setting given as a whole number: `512`, `1,500`. */
export function whole(value: number): string {
  return grouped(String(value));
}

/** `8.21 – 8.44`. */
export function interval({ lo, hi }: Interval): string {
  return `${quantity(lo)} – ${quantity(hi)}`;
}

/**
 * A ratio with two decimals, or with as many as keep two significant digits below one tenth:
 * `1.32`, `0.051`.
 */
export function ratio(value: number): string {
  return Math.abs(value) >= 0.1 ? value.toFixed(2) : quantity(value);
}

/** `1.28 – 1.37`; a bound that is not 1 does not look like 1: `0.76 – 0.998`. */
export function ratioInterval({ lo, hi }: Interval): string {
  return `${besideOne(lo)} – ${besideOne(hi)}`;
}

function besideOne(bound: number): string {
  const text = ratio(bound);
  if (text !== '1.00' || bound === 1) return text;
  return bound.toFixed(Math.abs(bound - 1) < 0.0005 ? 4 : 3);
}

/** 0.031 -> `3.1 %`, 0.5 -> `50 %`. */
export function share(part: number): string {
  return `${Number((100 * part).toPrecision(2))} %`;
}

/** `1 trial`, `3 trials`. */
export function count(n: number, noun: string): string {
  return `${whole(n)} ${noun}${n === 1 ? '' : 's'}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Cuts a text to `max` characters in its middle: what tells names apart is mostly at their end. */
export function clipMiddle(text: string, max: number): string {
  const characters = [...text];
  if (characters.length <= max) return text;
  const head = Math.floor((max - 1) / 2);
  const tail = characters.length - (max - 1 - head);
  return `${characters.slice(0, head).join('')}…${characters.slice(tail).join('')}`;
}

/** One argument as a POSIX shell would need it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** `2025-11-23T12:07:03.123Z` -> `2025-11-23 12:07:03 UTC`; anything else is left as it is. */
export function instant(iso: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(iso);
  return match === null ? iso : `${match[1]} ${match[2]} UTC`;
}

/** With every number and its `%` on one line. */
export function unbroken(text: string): string {
  return text.replaceAll(/(\d) %/g, '$1\u00a0%');
}
