/**
 * The report of a run: one self-contained HTML file.
 *
 * Contract: a pure function of a Results value. The same results give the same bytes; no clock, no
 * process, no network. The page loads nothing and opens from disk; it reads with scripts off, and
 * says why wherever it has no number. All statistics come from `results.summary`, harness/stats and
 * harness/claims; this folder only draws and formats.
 *
 * The pieces: model.ts (one lookup per number or its reason), headline.ts (the first table), chart/
 * (figures as SVG; catalog.ts lists them), claim-charts.ts (which of them shows a claim), section/
 * (one file per part of the page), page.tsx (the document), style.ts (its style sheet), script.ts
 * (its script), data.ts and csv.ts (the data that it carries).
 */
import { render } from 'preact-render-to-string';
import { judgeClaims } from '../claims/index.js';
import { answerOf } from '../findings/answer.js';
import type { Results } from '../results/schema.js';
import { drawFigures } from './chart/catalog.js';
import { claimViews } from './claim-charts.js';
import { embeddedData } from './data.js';
import { headlineOf } from './headline.js';
import { buildModel } from './model.js';
import { Page } from './page.js';

/** The HTML text of the report. `results` must have passed resultsSchema. */
export async function renderReport(results: Results): Promise<string> {
  const model = buildModel(results);
  const figures = await drawFigures(model);
  const { sources, traces } = results.evidence ?? {};
  const claims = claimViews(judgeClaims(results), {
    charts: figures.charts,
    hasSources: (sources?.items ?? []).length > 0,
    hasTraces: (traces?.items ?? []).length > 0,
  });
  const page = (
    <Page
      model={model}
      answer={answerOf(results)}
      headline={headlineOf(model)}
      claims={claims}
      figures={figures}
      data={embeddedData(results)}
    />
  );
  return `<!doctype html>\n${render(page)}\n`;
}
