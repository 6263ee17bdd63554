/** A run as JSON for scripts: what the page says, as data; the trials are in results.json. */
import { type Judgement, judgeClaims } from '../claims/index.js';
import { answerOf, NO_ANSWER } from '../findings/answer.js';
import type { Results } from '../results/schema.js';
import { sweepOf } from '../stats/sweep.js';
import { headlineOf } from './headline.js';
import { buildModel } from './model.js';

export function renderJson(results: Results): string {
  const { header, outcome, problems, quality, summary, trials } = results;
  const { headline } = answerOf(results);
  const value = {
    runId: header.runId,
    startedAt: header.startedAt,
    outcome,
    problems,
    quality,
    answer: headline === NO_ANSWER ? null : headline,
    headline: headlineValue(results),
    claims: judgeClaims(results).map(claimValue),
    summary,
    sweep: sweepOf(header, trials),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

function headlineValue(results: Results) {
  const { columns, rows, where, p99Where } = headlineOf(buildModel(results));
  return {
    where,
    p99Where,
    rows: rows.map(({ subject, cells }) => ({
      subject: subject.id,
      cells: cells.map((cell, i) => ({ column: columns[i]?.id, ...cell })),
    })),
  };
}

function claimValue({ claim: { id, text, thresholds }, decision }: Judgement) {
  return { id, text, thresholds, ...decision };
}
