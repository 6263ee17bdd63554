/** Cells, columns and notes that several tables have in common. Pure. */

import { number, ratio, ratioInterval } from '../findings/format.js';
import type { Interval } from '../stats/interval.js';
import type { Cell, Column, Pair } from './columns.js';
import { wrap } from './text.js';

type Bounds = Pick<Interval, 'estimate' | 'lo' | 'hi'>;

/** Value and interval; `-` without one. */
export function intervalPair(
  { estimate, lo, hi }: Bounds,
  show = (value: number) => number(value, 'table'),
): Pair {
  if (estimate === null) return ['-', ''];
  return [show(estimate), lo === null || hi === null ? '' : `${show(lo)}-${show(hi)}`];
}

/** The same for a ratio. A bound that is not 1 does not look like 1: a difference was seen. */
export function ratioPair({ estimate, lo, hi }: Bounds): Pair {
  if (estimate === null || lo === null || hi === null || (lo <= 1 && hi >= 1)) {
    return intervalPair({ estimate, lo, hi }, (value) => ratio(value, 'table'));
  }
  return [ratio(estimate, 'table'), ratioInterval({ lo, hi }, 'table')];
}

export function left<T>(head: Column['head'], rows: readonly T[], cell: (row: T) => Cell): Column {
  return { head, align: 'left', cells: rows.map(cell) };
}

export function right<T>(head: Column['head'], rows: readonly T[], cell: (row: T) => Cell): Column {
  return { head, align: 'right', cells: rows.map(cell) };
}

/** Notes below a table, each wrapped with its further lines under its text. */
export function noteLines(
  notes: readonly string[],
  width: number,
  paint: (text: string) => string,
): string {
  return notes.map((note) => paintLines(wrap(note, width, '   '), paint)).join('\n');
}

/** Marks every line. */
export function paintLines(text: string, paint: (text: string) => string): string {
  return text.split('\n').map(paint).join('\n');
}
