/**
 * The page of a gate run: what got worse, by how much, how sure that is, and the trials behind it.
 *
 * Contract as of the report of a run: a pure function of gate.json, one self-contained file that
 * loads nothing and runs no script.
 */
import { createHash } from 'node:crypto';
import { render } from 'preact-render-to-string';
import { percent } from '../../findings/format.js';
import { type GateRow, laneName } from '../../gate/rows.js';
import type { GateFile } from '../../gate/schema.js';
import {
  batchText,
  changeText,
  findingText,
  headline,
  metricLabel,
  modeText,
  placeText,
  shareText,
  valueText,
  worstFirst,
} from '../../gate/text.js';
import { Head, Section, Table } from '../section/parts.js';
import { STYLE } from '../style.js';
import { unbroken } from '../text.js';
import { CountTable, MachineFacts } from './raw.js';
import { Strip, stripAxis } from './strip.js';

const GATE = `
.verdict { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: baseline; margin-bottom: 0.75rem; }
.chip { white-space: nowrap; }
.chip.open { color: var(--ink); background: var(--sunken); }
td.strip { padding-block: 0.35rem; min-width: 15rem; }
td.strip svg { display: block; width: 15rem; height: 2rem; overflow: visible; }
td.why { min-width: 16rem; max-width: 32rem; }
tr.fail > th, tr.fail > td { background: var(--bad-bg); }
.samples td.num { white-space: nowrap; }
`;

const GATE_STYLE = [STYLE, GATE].join('\n');

const styleHash = createHash('sha256').update(GATE_STYLE).digest('base64');
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The HTML text of the page. `file` must have passed gateFileSchema. */
export async function renderGatePage(file: GateFile): Promise<string> {
  return `<!doctype html>\n${render(<Page file={file} />)}\n`;
}

function Page({ file }: { file: GateFile }) {
  // JSON that cannot end the script element around it.
  const json = JSON.stringify(file).replaceAll('<', '\\u003c');
  return (
    <html lang="en">
      <Head title={`iomodels gate ${file.runId}`} style={GATE_STYLE} policy={POLICY} />
      <body>
        <main>
          <Verdict file={file} />
          {laneName.options.map((lane) => (
            <Lane key={lane} lane={lane} file={file} />
          ))}
          <Confidence file={file} />
          <CountTable file={file} />
          <MachineFacts file={file} />
        </main>
        <footer>Made by iomodels gate; docs/GATE.md says how it decides.</footer>
        <script id="gate" type="application/json" dangerouslySetInnerHTML={{ __html: json }} />
      </body>
    </html>
  );
}

const CHIPS: Readonly<Record<GateFile['verdict'], string>> = {
  pass: 'good',
  fail: 'bad',
  inconclusive: 'open',
  'cannot-measure': 'bad',
};

function Verdict({ file }: { file: GateFile }) {
  const { verdict, rows, unused, qualification } = file;
  const noteworthy = worstFirst(rows).filter((row) =>
    ['fail', 'inconclusive'].includes(row.verdict),
  );
  return (
    <header>
      <p class="eyebrow">{`Gate ${file.runId}, ${modeText(file)}`}</p>
      <h1>
        <span class={`chip ${CHIPS[verdict]}`}>{verdict.replace('-', ' ')}</span>
      </h1>
      <section>
        <p class="answer">{headline(file)}</p>
        <p class="note">{qualification.text}</p>
        {unused.map((text) => (
          <p key={text} class="notice">
            {text}
          </p>
        ))}
        {noteworthy.length > 0 && (
          <ul>
            {noteworthy.map((row) => (
              <li key={placeText(row)}>
                <Chip row={row} /> {placeText(row)}: {unbroken(findingText(row))}
              </li>
            ))}
          </ul>
        )}
      </section>
    </header>
  );
}

const ROW_CHIPS: Readonly<Record<GateRow['verdict'], readonly [look: string, word: string]>> = {
  pass: ['good', 'pass'],
  fail: ['bad', 'fail'],
  inconclusive: ['open', 'open'],
  skipped: ['open', 'skipped'],
};

function Chip({ row }: { row: GateRow }) {
  const [look, word] = ROW_CHIPS[row.verdict];
  const accepted = row.accepted === null ? '' : ', accepted';
  return <span class={`chip ${look}`}>{`${word}${accepted}`}</span>;
}

const TITLES = { correctness: 'Correctness', counts: 'Counts', timing: 'Timing' } as const;

function Lane({ lane, file }: { lane: GateRow['lane']; file: GateFile }) {
  const rows = file.rows.filter((row) => row.lane === lane);
  if (rows.length === 0) return null;
  const { axis, reach } = stripAxis(rows);
  return (
    <Section id={lane} title={TITLES[lane]}>
      <Table
        label={TITLES[lane]}
        look=""
        columns={[
          ...['server', 'condition', 'metric'],
          ['base', 'num'],
          ['candidate', 'num'],
          ['better ← worse by → worse', 'strip'],
          ['allowed', 'num'],
          ['pairs', 'num'],
          ['verdict', 'why'],
        ]}
        rows={rows.map((row) => ({
          look: row.verdict === 'fail' ? 'fail' : '',
          cells: [
            ...[row.variant, row.condition, metricLabel(row.metric)],
            ...[valueText(row.base), valueText(row.candidate)],
            <Strip row={row} axis={axis} reach={reach} />,
            ...[row.change === null ? '-' : shareText(row.allowed), row.n],
            <Finding row={row} />,
          ],
        }))}
      />
    </Section>
  );
}

function Finding({ row }: { row: GateRow }) {
  const { accepted } = row;
  return (
    <>
      <Chip row={row} /> {findingText(row)}
      {accepted !== null && (
        <span class="note">{` (accepted until ${accepted.expires}: ${accepted.reason})`}</span>
      )}
    </>
  );
}

/** What the bounds are, and what the second batch said. */
function Confidence({ file }: { file: GateFile }) {
  const { failConfidence, passConfidence } = file.config.timing;
  const confirmed = file.rows.filter(({ confirmation }) => confirmation !== null);
  return (
    <Section id="confidence" title="How sure this is">
      <p>
        {`Timing: the line runs from the one-sided ${percent(failConfidence, 4)} lower bound of the paired slowdown to its ${percent(passConfidence, 4)} ` +
          'upper bound (Hodges-Lehmann, exact signed ranks); the dot is the estimate. A row fails only when its lower bound, ' +
          "after Holm's correction over the metrics of the condition, lies beyond what is allowed (in a noisy condition by as much more as the Go server may differ from itself), and a second batch agrees. Counts: the line runs from the smallest to the largest difference among the pairs."}
      </p>
      {confirmed.length > 0 && (
        <ul>
          {confirmed.map((row) => (
            <li key={placeText(row)}>
              {`${placeText(row)}: second batch ${changeText(row.confirmation?.change ?? null)} over ${row.confirmation?.n ?? 0} pairs, ${row.confirmation?.quality}`}
            </li>
          ))}
        </ul>
      )}
      <ul>
        {file.batches.map((batch) => (
          <li key={batch.folder}>
            {`${batchText(batch)}. Its trials are in ${batch.folder}/results.json.`}
          </li>
        ))}
      </ul>
    </Section>
  );
}
