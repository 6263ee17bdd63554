/** Text for a terminal: wrapping, durations, numbers. Pure. */
import cliTruncate from 'cli-truncate';
import wrapAnsi from 'wrap-ansi';

const NO_BREAK_SPACE = '\u00a0';

/**
 * Breaks at spaces so that no line exceeds `width`, but for words that are longer; `indent` begins
 * every further line. A percent sign stays with its number, and runs of spaces, which align what
 * follows a mark, stay whole.
 */
export function wrap(text: string, width: number, indent = ''): string {
  return text
    .replace(/ (?=[ %])|(?<= ) /g, NO_BREAK_SPACE)
    .split('\n')
    .map((line) => wrapLine(line, width, indent))
    .join('\n')
    .replaceAll(NO_BREAK_SPACE, ' ');
}

function wrapLine(line: string, width: number, indent: string): string {
  const [first = '', ...rest] = wrapAnsi(line, width).split('\n');
  if (rest.length === 0) return first;
  const further = wrapAnsi(rest.join(' '), width - indent.length).split('\n');
  return [first, ...further.map((text) => `${indent}${text}`)].join('\n');
}

/** At most `width` characters; what is cut off is marked. */
export function clip(text: string, width: number): string {
  return cliTruncate(text, width);
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

/**
 * Three significant digits, at most four decimals: 24137 -> `24100`, 12.345 -> `12.3`, 0.01234 ->
 * `0.0123`. A value that would round to nothing is `<0.0001`; 0 is `0`.
 */
export function figure(value: number): string {
  return significant(value, 3);
}

function significant(value: number, digits: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) < 0.0001) return '<0.0001';
  const rounded = Number(value.toPrecision(digits));
  const decimals = digits - 1 - Math.floor(Math.log10(Math.abs(rounded)));
  return rounded.toFixed(Math.min(4, Math.max(0, decimals)));
}

/** figure() with k and M from ten thousand: 104213 -> `104k`. */
export function shortFigure(value: number): string {
  if (value >= 999_500) return `${figure(value / 1e6)}M`;
  return value >= 9995 ? `${figure(value / 1e3)}k` : figure(value);
}

/**
 * A ratio: two decimals, more below 0.1 so that two digits stay, three significant digits from 10.
 */
export function ratioFigure(value: number): string {
  if (value >= 9.995) return figure(value);
  return value >= 0.0995 ? value.toFixed(2) : significant(value, 2);
}

/** `1 block`, `8 blocks`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
