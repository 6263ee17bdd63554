/** Numbers and ratios in plain English, for the answer. */

/** What is counted: `more` and `less` of CPU, `more` and `fewer` switches. */
export interface Noun {
  readonly less: 'less' | 'fewer';
  readonly asMuch: 'as much' | 'as many';
}

/** Three significant digits, never in exponents: 0.0109, 5.63, 31.5, 1234. */
export function number(value: number): string {
  const rounded = Math.abs(Number(value.toPrecision(3)));
  if (rounded === 0) return '0';
  const digits = Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(rounded))));
  return value.toFixed(digits);
}

/** 0.034 -> `3.4 %`: two significant digits below 10 %, whole numbers from there. */
export function percent(share: number): string {
  return `${percentNumber(share)} %`;
}

/**
 * A smallest difference that could have been seen, from 0 on: `3 %`; where twice as much could have
 * hidden, `2.4 times as much`.
 */
export function seenFrom(mde: number): string {
  return mde < 1 ? percent(mde) : `${number(1 + mde)} times as much`;
}

function percentNumber(share: number): string {
  const value = Math.abs(share) * 100;
  if (value === 0) return '0';
  if (value >= 9.95) return value.toFixed(0);
  return String(Number(value.toPrecision(value < 1 ? 1 : 2)));
}

/** Beyond twice or half, `3.1 times as much` reads better than `210 % more`. */
function inTimes(ratio: number): boolean {
  return ratio >= 2 || ratio < 0.5;
}

/**
 * `29 % more`, `20 % less`, `91.2 times as many`. With a thing and what it is compared with: `29 %
 * more CPU than go-net`, `3.1 times as much CPU as go-net`.
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

/** `1 block`, `2 blocks`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
