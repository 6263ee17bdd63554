/** Two texts side by side, as a table whose rows are marked where the sides differ. */
import { type SideRow, sameText } from '../side-by-side.js';
import { Scroll } from './parts.js';

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
