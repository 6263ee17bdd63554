/**
 * Two texts next to each other: what both have is on one row, rows are marked where the sides
 * differ. Lines that differ stand opposite each other while there are any on both sides.
 */

import { diffLines } from '../../claims/shared/diff.js';
import { Scroll } from './parts.js';

interface SideRow {
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

interface SideBySideProps {
  readonly label: string;
  readonly left: string;
  readonly right: string;
  readonly rows: readonly SideRow[];
  /** What a row is, for the sentence below: `calls`, `lines`. */
  readonly noun: string;
}

function Side({ text, differs }: { text: string | null; differs: boolean }) {
  if (text === null) return <td class="none" />;
  return (
    <td class={differs ? 'differs' : ''}>
      <code>{text === '' ? ' ' : text}</code>
    </td>
  );
}

export function SideBySide({ label, left, right, rows, noun }: SideBySideProps) {
  return (
    <>
      <Scroll label={label}>
        <table class="sides">
          <thead>
            <tr>
              <th scope="col">
                <span class="sr">Same or not</span>
              </th>
              <th scope="col">{left}</th>
              <th scope="col">{right}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={i}>
                <td class="sign">{row.kind === 'both' ? '' : '≠'}</td>
                <Side text={row.left} differs={row.kind === 'differs'} />
                <Side text={row.right} differs={row.kind === 'differs'} />
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p class="note">
        {noun}: {sameText(rows, left, right)}.
      </p>
    </>
  );
}
