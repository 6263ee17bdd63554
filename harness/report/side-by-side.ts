/**
 * Two texts as rows: what both have is on one row, what differs is marked. Lines that differ share
 * a row while there are any on both sides.
 */
import { diffLines } from '../claims/shared/diff.js';

export interface SideRow {
  readonly kind: 'both' | 'differs';
  /** null: the other side has a line more. */
  readonly left: string | null;
  readonly right: string | null;
}

export function sideBySide(left: string, right: string): SideRow[] {
  const rows: SideRow[] = [];
  let gone: string[] = [];
  let come: string[] = [];
  const flush = () => {
    for (let i = 0; i < Math.max(gone.length, come.length); i++) {
      rows.push({ kind: 'differs', left: gone[i] ?? null, right: come[i] ?? null });
    }
    gone = [];
    come = [];
  };
  for (const { kind, text } of diffLines(left, right)) {
    switch (kind) {
      case 'left':
        gone.push(text);
        break;
      case 'right':
        come.push(text);
        break;
      case 'both':
        flush();
        rows.push({ kind, left: text, right: text });
    }
  }
  flush();
  return rows;
}

/** How much of both is the same: `31 lines the same, 4 only left, 6 only right`. */
export function sameText(rows: readonly SideRow[], left: string, right: string): string {
  const only = (side: 'left' | 'right') =>
    rows.filter((row) => row.kind === 'differs' && row[side] !== null).length;
  const same = rows.filter(({ kind }) => kind === 'both').length;
  return `${same} the same, ${only('left')} only in ${left}, ${only('right')} only in ${right}`;
}
