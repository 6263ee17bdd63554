/** reads-like-sync: goroutine code looks like blocking code. Described, not judged. */

import { count } from '../findings/format.js';
import type { SourceEvidence } from '../results/evidence.js';
import { defineClaim, described } from './claim.js';
import { type DiffLine, diffLines } from './shared/diff.js';
import { sourceNames, sourcesOf } from './shared/sources.js';

export const readsLikeSync = defineClaim({
  id: 'reads-like-sync',
  part: 'reading',
  shownBy: { part: 'sources' },
  text: 'Goroutine code looks like blocking code.',
  experiment:
    'The plain loops of the thread per connection server and of the coroutine server: which source files both run, and the ' +
    'difference of the others, shown and counted. No verdict: the reader judges.',
  thresholds: [],
  judge: (results) => {
    const { found, missing } = sourcesOf(results, ['thread', 'coroutine'], ['plain']);
    if (missing !== null) return missing;
    const [blocking, parking] = found as [SourceEvidence, SourceEvidence];
    const diff = loopDiff(blocking, parking);
    const of = (kind: DiffLine['kind']) => diff.filter((line) => line.kind === kind).length;
    const shared = sharedFiles(blocking, parking);
    const same = shared.reduce((sum, { text }) => sum + lineCount(text), 0);
    const figure = (label: string, value: number) => ({
      label,
      value,
      lo: null,
      hi: null,
      unit: 'lines',
    });
    const sentence =
      `Both run the same ${count(same, 'line')} of ${shared.map(({ path }) => path).join(', ') || 'no common file'}; ` +
      `their own files have ${count(of('both'), 'line')} in common, ${of('left')} only in ` +
      `${blocking.variant}, ${of('right')} only in ${parking.variant}.`;
    return described(sentence, {
      numbers: [
        figure('lines that both run', same),
        figure('own lines that are the same', of('both')),
        figure(`only in ${blocking.variant}`, of('left')),
        figure(`only in ${parking.variant}`, of('right')),
      ],
      flips: [],
      restsOn: ['sources'],
      basedOn: sourceNames(found),
    });
  },
});

type File = SourceEvidence['files'][number];

/** Files that both servers are made from. */
function sharedFiles(a: SourceEvidence, b: SourceEvidence): File[] {
  return a.files.filter(({ path, text }) =>
    b.files.some((other) => other.path === path && other.text === text),
  );
}

/** The difference of what the two do not share, for the report to show. */
function loopDiff(blocking: SourceEvidence, parking: SourceEvidence): DiffLine[] {
  const shared = new Set(sharedFiles(blocking, parking).map(({ path }) => path));
  const own = ({ files }: SourceEvidence) =>
    files
      .filter(({ path }) => !shared.has(path))
      .map(({ text }) => text)
      .join('\n');
  return diffLines(own(blocking), own(parking));
}

function lineCount(text: string): number {
  return text.replace(/\n$/, '').split('\n').length;
}
