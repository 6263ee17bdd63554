/**
 * The document: head with its policy, then the sections in the order in which a sceptical reader
 * asks.
 */
import { createHash } from 'node:crypto';
import type { Answer } from '../stats/answer.js';
import type { Figure } from './chart/figure.js';
import type { ReportModel } from './model.js';
import { Charts } from './section/charts.js';
import { Headline } from './section/headline.js';
import { Method } from './section/method.js';
import { DATA_ID, Provenance } from './section/provenance.js';
import { Summary } from './section/summary.js';
import { Trials } from './section/trials.js';
import { STYLE } from './style.js';

const styleHash = createHash('sha256').update(STYLE).digest('base64');

/**
 * Nothing is loaded, nothing is run: one known style sheet, and images only from the page itself.
 */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const PARTS = [
  ['answer', 'Answer'],
  ['table', 'Numbers'],
  ['charts', 'Charts'],
  ['method', 'Method'],
  ['trials', 'Trials'],
  ['provenance', 'Provenance'],
] as const;

export interface PageProps {
  readonly model: ReportModel;
  readonly answer: Answer;
  readonly figures: readonly Figure[];
}

function Head({ model }: { model: ReportModel }) {
  return (
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content={POLICY} />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="referrer" content="no-referrer" />
      <title>{`iomodels report ${model.results.header.runId}`}</title>
      <link rel="icon" href="data:," />
      <style dangerouslySetInnerHTML={{ __html: STYLE }} />
    </head>
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

/** JSON that cannot end the script element it stands in. */
export function embedded(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

export function Page({ model, answer, figures }: PageProps) {
  const json = embedded(model.results);
  return (
    <html lang="en">
      <Head model={model} />
      <body>
        <a class="skip" href="#answer">
          Skip to the answer
        </a>
        <Navigation />
        <main>
          <Summary model={model} answer={answer} />
          <Headline model={model} />
          <Charts figures={figures} />
          <Method model={model} />
          <Trials model={model} />
          <Provenance model={model} />
        </main>
        <footer>Made by iomodels {model.results.header.harness.version}.</footer>
        <script id={DATA_ID} type="application/json" dangerouslySetInnerHTML={{ __html: json }} />
      </body>
    </html>
  );
}
