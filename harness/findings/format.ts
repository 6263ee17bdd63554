/**
 * Numbers, shares, ratios, counts, times and lists as people read them: the one place that rounds
 * for reading. Where sentences, the page and the tables of a terminal differ, a style says so.
 * Pure.
 */

/** prose: in sentences. page: in the report. table: in columns of a terminal. */
type Style = 'prose' | 'page' | 'table';

/** Two bounds, as the page shows them. */
export interface Interval {
  readonly lo: number;
  readonly hi: number;
}

/** Of what may have none: both are null then. */
interface Bounds {
  readonly lo: number | null;
  readonly hi: number | null;
}

const UNBOUNDED: Bounds = { lo: null, hi: null };
const NO_INTERVAL = 'no interval';

/** What is counted: `more` and `less` of CPU, `more` and `fewer` switches. */
export interface Noun {
  readonly less: 'less' | 'fewer';
  readonly asMuch: 'as much' | 'as many';
}

/**
 * Three significant digits or more, never in exponents.
 *
 * prose: 0.0109, 5.63, 31.5, 24137. page: two digits below 1, and thousands apart: 0.011, 5.63,
 * 31.5, 24,137. table: further digits are 0, with four decimals at most: 0.0109, 5.63, 31.5, 24100,
 * <0.0001.
 */
export function number(value: number, style: Style = 'prose'): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  if (style === 'table') return tableNumber(value, 3);
  // Rounded first: 9.997 has the decimals of 10.0.
  const rounded = Number(value.toPrecision(3));
  if (style === 'prose') return value.toFixed(decimals(rounded, 3, 12));
  const [whole = '', fraction] = value
    .toFixed(decimals(rounded, Math.abs(rounded) < 1 ? 2 : 3, 20))
    .split('.');
  return fraction === undefined ? grouped(whole) : `${grouped(whole)}.${fraction}`;
}

function tableNumber(value: number, digits: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) < 0.0001) return '<0.0001';
  const rounded = Number(value.toPrecision(digits));
  return rounded.toFixed(decimals(rounded, digits, 4));
}

/** How many decimals show so many significant digits of a value that is not 0. */
function decimals(value: number, digits: number, most: number): number {
  return Math.min(most, Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value)))));
}

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');

/** For a table, with k and M from ten thousand: 104213 -> `104k`. */
export function shortNumber(value: number): string {
  if (value >= 999_500) return `${number(value / 1e6, 'table')}M`;
  return value >= 9995 ? `${number(value / 1e3, 'table')}k` : number(value, 'table');
}

/** On the page, a count, or a setting given as a whole number: `512`, `1,500`. */
export function whole(value: number): string {
  return grouped(String(value));
}

/** On the page: `8.21 – 8.44`; `none` without bounds. */
export function interval(bounds: Bounds | null, none = NO_INTERVAL): string {
  const { lo, hi } = bounds ?? UNBOUNDED;
  return lo === null || hi === null ? none : `${number(lo, 'page')} – ${number(hi, 'page')}`;
}

/**
 * A ratio in figures: two decimals, more below 0.1 so that two digits stay: `1.32`, `0.051`. In a
 * table three significant digits from 10: `12.3`.
 */
export function ratio(value: number, style: 'page' | 'table'): string {
  if (style === 'page') return Math.abs(value) >= 0.1 ? value.toFixed(2) : number(value, 'page');
  if (value >= 9.995) return number(value, 'table');
  return value >= 0.0995 ? value.toFixed(2) : tableNumber(value, 2);
}

/**
 * `1.28 – 1.37` on the page, `1.28-1.37` in a table. A bound that is not 1 does not look like 1:
 * a difference was seen, as in `0.76 – 0.998`.
 */
export function ratioInterval(bounds: Bounds | null, style: 'page' | 'table'): string {
  const { lo, hi } = bounds ?? UNBOUNDED;
  if (lo === null || hi === null) return NO_INTERVAL;
  const to = style === 'page' ? ' – ' : '-';
  return [lo, hi].map((bound) => besideOne(bound, ratio(bound, style))).join(to);
}

function besideOne(bound: number, text: string): string {
  if (text !== '1.00' || bound === 1) return text;
  return bound.toFixed(Math.abs(bound - 1) < 0.0005 ? 4 : 3);
}

/**
 * Without its sign 0.034 -> `3.4 %`: two significant digits below 10 %, one below 1 %, whole
 * numbers from 10 % on. With `digits` as many significant ones, and its sign: 0.995 -> `99.5 %`.
 */
export function percent(share: number, digits?: number): string {
  const value = 100 * share;
  if (digits !== undefined) return `${Number(value.toPrecision(digits))} %`;
  const size = Math.abs(value);
  if (size >= 9.95) return `${size.toFixed(0)} %`;
  return `${Number(size.toPrecision(size < 1 ? 1 : 2))} %`;
}

/**
 * A smallest difference that could have been seen, from 0 on: `3 %`; where twice as much could have
 * hidden, `2.4 times as much`.
 */
export function seenFrom(mde: number): string {
  return mde < 1 ? percent(mde) : `${number(1 + mde)} times as much`;
}

/** Beyond twice or half, `3.1 times as much` reads better than `210 % more`. */
function inTimes(ratio: number): boolean {
  return ratio >= 2 || ratio < 0.5;
}

/**
 * In words: `29 % more`, `20 % less`, `91.2 times as many`. With a thing and what it is compared
 * with: `29 % more CPU than go-net`, `3.1 times as much CPU as go-net`.
 */
export function ratioText(
  ratio: number,
  noun: Noun,
  thing?: { what: string; than: string },
): string {
  const times = inTimes(ratio);
  const size = times
    ? `${number(ratio)} times ${noun.asMuch}`
    : `${percent(ratio - 1)} ${ratio >= 1 ? 'more' : noun.less}`;
  return thing ? `${size} ${thing.what} ${times ? 'as' : 'than'} ${thing.than}` : size;
}

/**
 * The interval that goes with ratioText(ratio): `25 % to 33 % more`, `88.1 to 94 times`, `1 % less
 * to 3 % more`.
 */
export function intervalText(ratio: number, lo: number, hi: number, noun: Noun): string {
  if (inTimes(ratio)) return `${number(lo)} to ${number(hi)} times`;
  if (lo >= 1) return `${percent(lo - 1)} to ${percent(hi - 1)} more`;
  if (hi <= 1) return `${percent(1 - hi)} to ${percent(1 - lo)} ${noun.less}`;
  return `${percent(1 - lo)} ${noun.less} to ${percent(hi - 1)} more`;
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** `1 block`, `2 blocks`; on the page `1,500 blocks`. */
export function count(n: number, noun: string, style: Style = 'prose'): string {
  return `${style === 'page' ? whole(n) : n} ${noun}${n === 1 ? '' : 's'}`;
}

/** `8 s`, `3 min 20 s`, `43 min`, `1 h 5 min`: for estimates. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `0:08`, `3:20`, `1:05:00`: for a figure that counts down in one place. */
export function clock(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `2025-11-23T12:07:03.123Z` -> `2025-11-23 12:07:03 UTC`; anything else is left as it is. */
export function instant(iso: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(iso);
  return match === null ? iso : `${match[1]} ${match[2]} UTC`;
}
