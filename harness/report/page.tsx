/**
 * The document: head with its policy, then the sections in the order in which a sceptical reader
 * asks.
 */
import { createHash } from 'node:crypto';
import type { ComponentChildren } from 'preact';
import type { Answer } from '../findings/answer.js';
import type { Figures } from './chart/catalog.js';
import type { ClaimView } from './claim-charts.js';
import type { EmbeddedData } from './data.js';
import type { Headline as HeadlineTable } from './headline.js';
import type { ReportModel } from './model.js';
import { SCRIPT } from './script.js';
import { Charts } from './section/charts.js';
import { Claims } from './section/claims.js';
import { Headline } from './section/headline.js';
import { Mechanism } from './section/mechanism.js';
import { Method } from './section/method.js';
import { Head } from './section/parts.js';
import { DataBlocks, Provenance } from './section/provenance.js';
import { Summary } from './section/summary.js';
import { Trials } from './section/trials.js';
import { STYLE } from './style.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

/**
 * Nothing is loaded. One known script and one known style sheet, by their hashes: no eval, and no
 * handler or script that came with the data. Images come only from the page itself.
 */
const POLICY = [
  "default-src 'none'",
  `script-src 'sha256-${sha256(SCRIPT)}'`,
  `style-src 'sha256-${sha256(STYLE)}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const PARTS = [
  ['answer', 'Answer'],
  ['claims', 'Claims'],
  ['table', 'Numbers'],
  ['charts', 'Charts'],
  ['how', 'How it works'],
  ['method', 'Method'],
  ['trials', 'Trials'],
  ['provenance', 'Provenance'],
] as const;

interface PageProps {
  readonly model: ReportModel;
  readonly answer: Answer;
  readonly headline: HeadlineTable;
  readonly claims: readonly ClaimView[];
  readonly figures: Figures;
  readonly data: EmbeddedData;
}

/** What every page of the report has around its content. */
export function Document(props: { title: string; children: ComponentChildren }) {
  return (
    <html lang="en">
      <Head title={props.title} style={STYLE} policy={POLICY} />
      <body>
        {props.children}
        <script dangerouslySetInnerHTML={{ __html: SCRIPT }} />
      </body>
    </html>
  );
}

function Navigation() {
  return (
    <nav aria-label="Parts of this report">
      <ul>
        {PARTS.map(([id, text]) => (
          <li key={id}>
            <a href={`#${id}`}>{text}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export function Page({ model, answer, headline, claims, figures, data }: PageProps) {
  const { results } = model;
  return (
    <Document title={`iomodels report ${results.header.runId}`}>
      <a class="skip" href="#answer">
        Skip to the answer
      </a>
      <Navigation />
      <main>
        <Summary model={model} answer={answer} headline={headline} />
        <Claims views={claims} results={results} />
        <Headline model={model} />
        <Charts figures={figures} />
        <Mechanism results={results} />
        <Method model={model} />
        <Trials model={model} timeline={figures.timeline} />
        <Provenance model={model} data={data} />
      </main>
      <footer>Made by iomodels {results.header.harness.version}.</footer>
      <DataBlocks data={data} />
    </Document>
  );
}
