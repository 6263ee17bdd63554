/**
 * A finished run on stdout: the table, the answer, what limits it, and where the rest is; or all of
 * it as JSON.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pc from 'picocolors';
import { answerOf } from '../findings/answer.js';
import { count, list } from '../findings/format.js';
import { precisionReached, precisionText } from '../findings/precision-reached.js';
import { partName } from '../results/quality.js';
import type { Results } from '../results/schema.js';
import { commonConditions, sweepOf } from '../stats/sweep.js';
import { type CliIo, hasColour, widthOf } from './io.js';
import { renderSweep } from './sweep-table.js';
import { type Paint, renderTable } from './table.js';
import { wrap } from './text.js';

/** Prose wider than this is hard to read. */
const PROSE_WIDTH = 100;

/** Quality, table and answer. */
export function printOutcome(results: Results, io: Pick<CliIo, 'stdout' | 'env'>): void {
  const width = widthOf(io.stdout);
  const paint = painterOf(io);
  const prose = Math.min(width, PROSE_WIDTH);
  // The foot of the table has just said who was skipped and why.
  const header = { ...results.header, skipped: [] };
  const { headline, aa, caveats } = answerOf({ ...results, header });
  const [quality = '', ...reasons] = qualityLines(results);
  const precision = precisionText(precisionReached(results.header, results.summary));
  const lines = [
    '',
    paint.title(wrap(quality, prose)),
    ...reasons.map((reason) => wrap(reason, prose, '  ')),
    '',
    renderTable(withoutOwnRates(results), width, paint),
    ...sweepLines(results, width, paint),
    paint.title(wrap(headline, prose)),
    wrap(aa.text, prose),
    ...(precision === '' ? [] : [wrap(precision, prose)]),
    ...caveats.map((caveat) => wrap(`- ${caveat}`, prose, '  ')),
    '',
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
}

/** The main table compares; the rates of open loads that a pilot chose have tables of their own. */
function withoutOwnRates(results: Results): Results {
  const { header } = results;
  if (header.pilot === null) return results;
  const closed = header.plan.conditions.filter(({ load }) => load.kind === 'closed');
  const conditions = closed.length > 0 ? closed : commonConditions(header);
  const order = conditions.map(
    (one) => header.plan.order[header.plan.conditions.indexOf(one)] ?? [],
  );
  return { ...results, header: { ...header, plan: { ...header.plan, conditions, order } } };
}

function sweepLines(results: Results, width: number, paint: Paint): string[] {
  return results.header.pilot === null ? [] : [renderSweep(results, width, paint)];
}

/** The path as one would type it, and as a browser takes it. */
export function printReportPath(report: string, io: Pick<CliIo, 'stdout' | 'cwd'>): void {
  const relative = path.relative(io.cwd(), report);
  const typed = relative.startsWith('..') ? report : relative;
  io.stdout.write(`report: ${typed}\n        ${pathToFileURL(report).href}\n`);
}

/** One JSON object: the results without their trials, and where everything is. */
export function printJson(
  results: Results,
  { folder, report }: { readonly folder: string; readonly report: string },
  io: Pick<CliIo, 'stdout'>,
): void {
  const { header, outcome, problems, quality, summary } = results;
  const value = {
    runId: header.runId,
    outcome,
    problems,
    quality,
    answer: answerOf(results).headline,
    folder,
    results: path.join(folder, 'results.json'),
    trials: path.join(folder, 'trials.ndjson'),
    report,
    precision: precisionReached(header, summary).map(({ condition, ...one }) => ({
      condition: condition.id,
      ...one,
    })),
    summary,
    claims: results.claims ?? [],
    sweep: sweepOf(header, results.trials),
  };
  io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

function painterOf(io: Pick<CliIo, 'stdout' | 'env'>): Paint {
  const { bold, dim } = pc.createColors(hasColour(io.stdout, io.env));
  return { title: bold, note: dim };
}

/** More than these are in results.json. */
const REASONS_SHOWN = 6;

const WORDS: Readonly<Record<Results['quality']['level'], string>> = {
  clean: 'CLEAN run: the A/A check holds and the machine was quiet',
  noisy: 'NOISY run: parts of it are noisy or invalid; the others are as good as ever',
  invalid: 'INVALID run: most conditions are invalid and decide nothing',
};

/** The level, then what it is made of and why, then what was repeated and left out; one paragraph per line. */
export function qualityLines({ quality, trials, header }: Results): string[] {
  const { level, reasons, excluded } = quality;
  const more = reasons.length - REASONS_SHOWN;
  return [
    WORDS[level],
    ...byPart(quality),
    ...reasons.slice(0, REASONS_SHOWN).map((reason) => `- ${reason}`),
    ...(more > 0 ? [`- and ${count(more, 'more reason')}, see results.json`] : []),
    ...repeated(trials),
    ...(excluded.length === 0
      ? []
      : [`- left out: ${count(excluded.length, 'trial')}, each with its reason in results.json`]),
    ...(header.calibration === null ? ['- no calibration was made (--no-calibration)'] : []),
  ];
}

/** `- invalid: keepalive-c512; noisy: switch costs; clean: 4 other parts`; none in a clean run. */
function byPart({ level, parts }: Results['quality']): string[] {
  if (level === 'clean' || parts === undefined) return [];
  const named = (['invalid', 'noisy'] as const).flatMap((one) => {
    const mine = parts.filter((part) => part.level === one);
    return mine.length === 0 ? [] : [`${one}: ${list(mine.map(({ id }) => partName(id)))}`];
  });
  const clean = parts.filter((part) => part.level === 'clean').length;
  return [`- ${[...named, `clean: ${count(clean, 'part')}`].join('; ')}`];
}

function repeated(trials: Results['trials']): string[] {
  const again = trials.filter(({ replaces }) => replaces !== undefined);
  const blocks = new Set(again.map(({ condition, block }) => `${condition} ${block}`)).size;
  return blocks === 0 ? [] : [`- repeated because they were disturbed: ${count(blocks, 'block')}`];
}
