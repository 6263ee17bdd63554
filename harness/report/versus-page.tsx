/** The page of two runs side by side: one self-contained file under the policy of every report. */
import { render } from 'preact-render-to-string';
import { instant } from '../findings/format.js';
import type { Results } from '../results/schema.js';
import { versusPanels } from './chart/versus-figure.js';
import type { ReportModel } from './model.js';
import { Document } from './page.js';
import { machineLine } from './provenance.js';
import { Claims, Figures, Setup } from './section/versus.js';
import { QUALITY_TEXTS } from './text.js';
import { type Versus, versusOf } from './versus.js';

function Run({ name, model, href }: { name: string; model: ReportModel; href: string }) {
  const { header, quality } = model.results;
  const [colour, title] = QUALITY_TEXTS[quality.level];
  return (
    <div>
      <h2 class="quiet">{name}</h2>
      <p>
        <a href={href} class="mono">
          {header.runId}
        </a>{' '}
        {instant(header.startedAt)}
      </p>
      <p>
        <strong class={`chip ${colour}`}>{title}</strong>
      </p>
      <p class="machine">{machineLine(header)}</p>
    </div>
  );
}

/** Where the reports of the two runs are, from this page. */
interface Links {
  readonly a: string;
  readonly b: string;
}

/** The HTML text. Both results must have passed resultsSchema. */
export async function renderVersus(a: Results, b: Results, links: Links): Promise<string> {
  const versus: Versus = versusOf(a, b);
  const panels = await versusPanels(versus);
  const page = (
    <Document title={`iomodels: ${a.header.runId} and ${b.header.runId}`}>
      <main>
        <header id="top">
          <p class="eyebrow">iomodels report · two runs</p>
          <h1>What is the same, and what is not?</h1>
          <div class="columns runs">
            <Run name="A" model={versus.a} href={links.a} />
            <Run name="B" model={versus.b} href={links.b} />
          </div>
          <p class="answer">{versus.comparability.text}</p>
        </header>
        <Claims claims={versus.claims} />
        <Figures versus={versus} panels={panels} />
        <Setup rows={versus.setup} />
      </main>
    </Document>
  );
  return `<!doctype html>\n${render(page)}\n`;
}
