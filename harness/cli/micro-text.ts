/** Cells that the tables of `iomodels micro` have in common. Pure. */
import type { Interval } from '../stats/interval.js';
import type { Pair } from './columns.js';
import { ratioFigure } from './text.js';

type Bounds = Pick<Interval, 'estimate' | 'lo' | 'hi'>;

/** Value and interval; `-` without one. */
export function intervalPair({ estimate, lo, hi }: Bounds, show: (value: number) => string): Pair {
  if (estimate === null) return ['-', ''];
  return [show(estimate), lo === null || hi === null ? '' : `${show(lo)}-${show(hi)}`];
}

/** The same for a ratio. A bound that is not 1 does not look like 1: a difference was seen. */
export function ratioPair({ estimate, lo, hi }: Bounds): Pair {
  if (estimate === null || lo === null || hi === null || (lo <= 1 && hi >= 1)) {
    return intervalPair({ estimate, lo, hi }, ratioFigure);
  }
  return [ratioFigure(estimate), `${besideOne(lo)}-${besideOne(hi)}`];
}

function besideOne(bound: number): string {
  const text = ratioFigure(bound);
  if (text !== '1.00' || bound === 1) return text;
  return bound.toFixed(Math.abs(bound - 1) < 0.0005 ? 4 : 3);
}

/** Marks every line. */
export function paintLines(text: string, paint: (text: string) => string): string {
  return text.split('\n').map(paint).join('\n');
}
