/** How it reads: the servers' own sources, side by side. */
import { whole } from '../../findings/format.js';
import type { SourceEvidence } from '../../results/evidence.js';
import type { Results } from '../../results/schema.js';
import { Scroll, Table } from './parts.js';
import { SideBySide, sideBySide } from './side-by-side.js';

const PARTS: Readonly<Record<SourceEvidence['part'], string>> = {
  plain: 'Answering a request',
  relay: 'Asking another server, and passing its answer on',
};

type File = SourceEvidence['files'][number];

const isIn = (files: readonly File[], file: File): boolean =>
  files.some(({ path, text }) => path === file.path && text === file.text);

function textOf(files: readonly File[]): string {
  return files
    .map(({ path, firstLine, text }) => `── ${path}:${firstLine}\n${text.replace(/\n$/, '')}`)
    .join('\n');
}

function Pair({
  left,
  right,
  open,
}: {
  left: SourceEvidence;
  right: SourceEvidence;
  open: boolean;
}) {
  const shared = left.files.filter((file) => isIn(right.files, file));
  const own = ({ files }: SourceEvidence) => files.filter((file) => !isIn(shared, file));
  const rows = sideBySide(textOf(own(left)), textOf(own(right)));
  return (
    <details open={open}>
      <summary>
        {left.variant} and {right.variant}
        <span class="sr">, {PARTS[left.part]}</span>
      </summary>
      {rows.length > 0 && (
        <SideBySide
          label={`Sources of ${left.variant} and ${right.variant}: ${PARTS[left.part]}`}
          left={left.variant}
          right={right.variant}
          rows={rows}
          noun="Lines"
        />
      )}
      {shared.length > 0 && (
        <>
          <p class="note">Both run this, the same text compiled twice:</p>
          <Scroll label={`What ${left.variant} and ${right.variant} share: ${PARTS[left.part]}`}>
            <pre>
              <code>{textOf(shared)}</code>
            </pre>
          </Scroll>
        </>
      )}
    </details>
  );
}

function Counts({ items, part }: { items: readonly SourceEvidence[]; part: string }) {
  const names = [...new Set(items.flatMap(({ counts }) => Object.keys(counts)))];
  if (names.length === 0) return null;
  return (
    <Table
      label={`Counted in the sources: ${part}`}
      columns={[
        'Server',
        ...names.map((name): [string, string] => [name.replaceAll('_', ' '), 'num']),
      ]}
      rows={items.map(({ variant, counts }) => [
        variant,
        ...names.map((name) => (counts[name] === undefined ? 'not counted' : whole(counts[name]))),
      ])}
    />
  );
}

/** Every two of them; the pair that differs least comes first, because it says what is the same. */
function pairsOf(items: readonly SourceEvidence[]): (readonly [SourceEvidence, SourceEvidence])[] {
  const pairs = items.flatMap((left, i) =>
    items.slice(i + 1).map((right) => [left, right] as const),
  );
  const shared = ([left, right]: (typeof pairs)[number]) =>
    left.files.filter((file) => isIn(right.files, file)).length;
  return [...pairs].sort((a, b) => shared(b) - shared(a));
}

export function Sources({ results }: { results: Results }) {
  const items = results.evidence?.sources.items ?? null;
  if (items === null || items.length === 0) return null;
  return (
    <div id="sources">
      <h3>How it reads: the sources</h3>
      <p class="note">
        As they stood in the files when the run was made. Described, not judged: the reader is the
        judge.
      </p>
      {(Object.keys(PARTS) as SourceEvidence['part'][]).map((part) => {
        const mine = items.filter((item) => item.part === part);
        if (mine.length === 0) return null;
        return (
          <div key={part}>
            <h4>{PARTS[part]}</h4>
            <Counts items={mine} part={PARTS[part]} />
            {pairsOf(mine).map(([left, right], i) => (
              <Pair
                key={`${left.variant} ${right.variant}`}
                left={left}
                right={right}
                open={i === 0}
              />
            ))}
          </div>
        );
      })}
    </div>
  );
}
