/**
 * Columns that fit a width: cli-table3 without borders. This file chooses how far the columns are
 * apart. Pure.
 */
import Table from 'cli-table3';
import { number, ratio, ratioInterval } from '../findings/format.js';
import type { Interval } from '../stats/interval.js';
import { wrap } from './text.js';

export interface Column {
  /** Two lines above the column. */
  readonly head: readonly [string, string];
  readonly align: 'left' | 'right';
  readonly cells: readonly Cell[];
}

/** Text, or a value and its interval, which line up among themselves. */
export type Cell = string | Pair;
export type Pair = readonly [string, string];

/** Second line of a head, and what the column shows of each row. */
type Shown<T> = readonly [string, Column['align'], (row: T, index: number) => Cell];

export function columnsFor<T>(rows: readonly T[], shown: readonly Shown<T>[]): Column[] {
  return shown.map(([head, align, cell]) => ({ head: ['', head], align, cells: rows.map(cell) }));
}

/** Spaces between columns: next to a pair, which needs more to be distinguished, and elsewhere. */
interface Gaps {
  readonly pair: number;
  readonly single: number;
}

/** From the widest: still wider gaps would tear the rows apart. */
const GAPS: readonly Gaps[] = [
  { pair: 3, single: 3 },
  { pair: 2, single: 2 },
  { pair: 2, single: 1 },
];
const NARROWEST: Gaps = { pair: 1, single: 1 };
const NARROWEST_LABEL = 10;

/**
 * Lines of the table, the two of the head first. The first column gives way when all do not fit.
 */
export function layOut(columns: readonly Column[], width: number): string[] {
  const fitting = GAPS.map((gaps) => render(columns, gaps)).find((lines) => fits(lines, width));
  if (fitting) return fitting;
  const lines = render(columns, NARROWEST);
  if (fits(lines, width)) return lines;
  const label = widest(columns[0]?.cells.map(String) ?? []);
  const excess = widest(lines) - width;
  return render(columns, NARROWEST, Math.max(NARROWEST_LABEL, label - excess));
}

function fits(lines: readonly string[], width: number): boolean {
  return widest(lines) <= width;
}

function widest(lines: readonly string[]): number {
  return Math.max(0, ...lines.map((line) => line.length));
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  // cli-table3 takes one character between columns for granted where a cell spans several.
  middle: ' ',
};

/** labelWidth cuts the first column; without it every column is as wide as its widest cell. */
function render(columns: readonly Column[], gaps: Gaps, labelWidth?: number): string[] {
  const table = new Table({
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: labelWidth === undefined ? [] : [labelWidth],
  });
  const laid = columns.map(
    (column, i) => new LaidColumn(column, gapBetween(columns[i - 1], column, gaps)),
  );
  table.push(laid.flatMap((column) => column.head()));
  for (const row of columns[0]?.cells.keys() ?? []) {
    table.push(laid.flatMap((column) => column.row(row)));
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

function gapBetween(left: Column | undefined, right: Column, gaps: Gaps): number {
  if (left === undefined) return 1;
  return hasIntervals(left) || hasIntervals(right) ? gaps.pair : gaps.single;
}

function hasIntervals({ cells }: Column): boolean {
  return cells.some((cell) => typeof cell !== 'string' && cell[1] !== '');
}

/** A column as cells of cli-table3: pairs take two, below a head that spans both. */
class LaidColumn {
  readonly #column: Column;
  readonly #gap: number;
  readonly #double: boolean;

  constructor(column: Column, gap: number) {
    this.#column = column;
    this.#gap = gap;
    this.#double = hasIntervals(column);
  }

  head(): Table.Cell[] {
    return [{ ...this.#cell(this.#column.head.join('\n')), colSpan: this.#double ? 2 : 1 }];
  }

  row(index: number): Table.Cell[] {
    const cell = this.#column.cells[index] ?? '';
    const [value, interval] = typeof cell === 'string' ? [cell, ''] : cell;
    return [this.#cell(value), ...(this.#double ? [{ content: interval }] : [])];
  }

  #cell(content: string) {
    return {
      content,
      hAlign: this.#column.align,
      style: { 'padding-left': this.#gap - 1, 'padding-right': 0 },
    };
  }
}

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
