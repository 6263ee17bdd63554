/**
 * The report of a run: one self-contained HTML file.
 *
 * Contract: a pure function of a Results value. The same results give the same bytes; no clock, no
 * process, no network. The page loads nothing and runs no script, opens from disk, and says why
 * wherever it has no number. All statistics come from `results.summary` and harness/stats; this
 * folder only draws and formats.
 *
 * The pieces: model.ts (one lookup per number or its reason), chart/ (figures as SVG; catalog.ts
 * lists them), section/ (one file per part of the page), page.tsx (the document), style.ts (its
 * style sheet).
 */
import { render } from 'preact-render-to-string';
import type { Results } from '../results/schema.js';
import { answerOf } from '../stats/answer.js';
import { drawFigures } from './chart/catalog.js';
import { buildModel } from './model.js';
import { Page } from './page.js';

/** The HTML text of the report. `results` must have passed resultsSchema. */
export async function renderReport(results: Results): Promise<string> {
  const model = buildModel(results);
  const answer = answerOf(results.header, results.summary);
  const figures = await drawFigures(model);
  return `<!doctype html>\n${render(<Page model={model} answer={answer} figures={figures} />)}\n`;
}
