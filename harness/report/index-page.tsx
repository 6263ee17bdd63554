/** A page of all runs: when, how good, where, and what each found. */
import { render } from 'preact-render-to-string';
import { answerOf } from '../findings/answer.js';
import { count, instant } from '../findings/format.js';
import type { Results } from '../results/schema.js';
import { Document } from './page.js';
import { machineLine } from './provenance.js';
import { Scroll } from './section/parts.js';
import { QUALITY_TEXTS } from './text.js';

/** A folder of a run: its results in short, or why they cannot be read. */
export type IndexEntry =
  | {
      readonly kind: 'run';
      readonly folder: string;
      readonly startedAt: string;
      readonly profile: string;
      readonly subjects: readonly string[];
      readonly trials: number;
      readonly quality: Results['quality']['level'];
      readonly partial: boolean;
      readonly machine: string;
      readonly answer: string;
    }
  | { readonly kind: 'unreadable'; readonly folder: string; readonly why: string };

export function indexEntry(folder: string, results: Results): IndexEntry {
  const { header, quality, outcome, trials } = results;
  return {
    kind: 'run',
    folder,
    startedAt: header.startedAt,
    profile: header.plan.profile,
    subjects: header.subjects.map(({ id }) => id),
    trials: trials.length,
    quality: quality.level,
    partial: outcome === 'partial',
    machine: machineLine(header),
    answer: answerOf(results).headline,
  };
}

function Row({ entry }: { entry: IndexEntry }) {
  const { folder } = entry;
  if (entry.kind === 'unreadable') {
    return (
      <tr>
        <th scope="row" class="mono">
          {folder}
        </th>
        <td colSpan={4} class="text">
          It cannot be read: {entry.why}
        </td>
      </tr>
    );
  }
  const [colour, title] = QUALITY_TEXTS[entry.quality];
  return (
    <tr>
      <th scope="row">
        <a class="mono" href={`${folder}/report.html`}>
          {folder}
        </a>
        <span class="unit run-time">{instant(entry.startedAt)}</span>
      </th>
      <td>
        <strong class={`chip ${colour}`}>{title}</strong>
        {entry.partial && <span class="unit run-time">partial</span>}
      </td>
      <td class="text">
        {entry.profile}, {count(entry.trials, 'trial', 'page')} of {entry.subjects.join(', ')}
      </td>
      <td class="text">{entry.answer}</td>
      <td class="text">{entry.machine}</td>
    </tr>
  );
}

/** The HTML text; entries in the order given. */
export function renderIndex(entries: readonly IndexEntry[]): string {
  const page = (
    <Document title="iomodels: all runs">
      <main>
        <header id="top">
          <p class="eyebrow">iomodels</p>
          <h1>{count(entries.length, 'run', 'page')}</h1>
          <p class="note">
            Newest first. Figures of different machines are not compared with each other; two runs
            side by side: <code>npm run report -- --compare A B</code>.
          </p>
        </header>
        <section aria-label="Runs">
          <Scroll label="All runs">
            <table class="data">
              <thead>
                <tr>
                  {['Run', 'Quality', 'Measured', 'Answer', 'Machine'].map((title) => (
                    <th key={title} scope="col">
                      {title}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {entries.map((entry) => (
                  <Row key={entry.folder} entry={entry} />
                ))}
              </tbody>
            </table>
          </Scroll>
        </section>
      </main>
    </Document>
  );
  return `<!doctype html>\n${render(page)}\n`;
}
