/** Plain columns that fit a width. Pure. */
import { clip } from './text.js';

export interface Column {
  /** Two lines above the column. */
  readonly head: readonly [string, string];
  readonly align: 'left' | 'right';
  readonly cells: readonly string[];
}

/** Wider gaps would tear the rows apart. */
const WIDEST_GAP = 3;
const NARROWEST_LABEL = 10;

/** Lines of the table, the two of the head first. The first column gives way when all do not fit. */
export function layOut(columns: readonly Column[], width: number): string[] {
  const widths = columns.map(({ head, cells }) =>
    Math.max(...[...head, ...cells].map((text) => text.length)),
  );
  const gaps = columns.length - 1;
  const others = sum(widths.slice(1));
  widths[0] = Math.min(widths[0] ?? 0, Math.max(NARROWEST_LABEL, width - others - gaps));
  const spare = Math.max(gaps, width - sum(widths));
  const gap = Math.min(WIDEST_GAP, Math.floor(spare / gaps));
  const extra = gap === WIDEST_GAP ? 0 : spare - gap * gaps;
  const line = (cellOf: (column: Column) => string) =>
    columns
      .map((column, i) => {
        const before = i === 0 ? 0 : gap + (i <= extra ? 1 : 0);
        const size = widths[i] ?? 0;
        const text = clip(cellOf(column), size);
        return (
          ' '.repeat(before) + (column.align === 'left' ? text.padEnd(size) : text.padStart(size))
        );
      })
      .join('')
      .trimEnd();
  const rows = columns[0]?.cells.map((_, row) => line(({ cells }) => cells[row] ?? '')) ?? [];
  return [line(({ head }) => head[0]), line(({ head }) => head[1]), ...rows];
}

/** A value and its interval as one cell each, aligned among themselves. */
export function pairCells(pairs: readonly (readonly [string, string])[]): string[] {
  const left = Math.max(...pairs.map(([value]) => value.length));
  const right = Math.max(...pairs.map(([, range]) => range.length));
  return pairs.map(([value, range]) =>
    right === 0 ? value.padStart(left) : `${value.padStart(left)} ${range.padEnd(right)}`,
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
