/**
 * A run in a few lines of Markdown, for a pull request: quality, answer, first table, verdicts.
 * Texts of the run are escaped: they stay texts in any renderer.
 */
import { isLeftOpen, type Judgement, judgeClaims } from '../claims/index.js';
import { answerOf } from '../findings/answer.js';
import { interval, number, ratio, ratioInterval, seenFrom } from '../findings/format.js';
import type { Results, RunHeader } from '../results/schema.js';
import { type Headline, type HeadlineCell, headlineOf } from './headline.js';
import { buildModel, type SubjectView } from './model.js';
import { machineLine, repeatCommand } from './provenance.js';
import { QUALITY_TEXTS, verdictText } from './text.js';

/** Text that no renderer of Markdown or HTML takes for anything else. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]#|~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;');
}

/** Everything; it ends with a newline. */
export function renderMarkdown(results: Results): string {
  const { header, quality } = results;
  const answer = answerOf(results);
  const [, title, text] = QUALITY_TEXTS[quality.level];
  const md = escapeMarkdown;
  const parts = [
    `### ${md(answer.question)}`,
    `**${title}**: ${[text, ...quality.reasons].map(md).join('; ')}.`,
    md(answer.headline),
    tableOf(headlineOf(buildModel(results))),
    claimsOf(judgeClaims(results)),
    `${md(machineLine(header))}<br>\n${again(header)}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function again(header: RunHeader): string {
  return `Run ${code(header.runId)}, again with ${code(repeatCommand(header))}`;
}

/** A code span that no backtick in the text ends. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence} ${text.replace(/\s+/g, ' ')} ${fence}`;
}

function tableOf({ columns, rows, where, p99Where, gaps }: Headline): string {
  const md = escapeMarkdown;
  const head = columns.map(({ head: title, unit }) => md([title, unit].filter(Boolean).join(', ')));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const body = rows.map(({ subject, cells }) =>
    line([nameOf(subject), ...cells.map((cell) => cellText(cell, subject))]),
  );
  const p99 = p99Where === null || p99Where === where ? '' : `; p99: ${p99Where}`;
  return [
    line(['server', ...head]),
    line(['---', ...columns.map(() => '--:')]),
    ...body,
    '',
    `${md(`${where ?? 'no condition'}${p99}`)}. Median, its 95 % interval; paired ratio to the reference, its interval; \\~ no difference seen.`,
    ...gaps.map((gap) => `\n– ${md(gap.where)}: ${md(gap.why)}.`),
  ].join('\n');
}

function nameOf({ id, role }: SubjectView): string {
  const notes = { reference: ' (reference)', twin: ' (A/A)', contender: '' };
  return `${escapeMarkdown(id)}${notes[role]}`;
}

/** `5.81 (5.68 – 5.90)<br>0.81× (0.79 – 0.82)` */
function cellText(cell: HeadlineCell, subject: SubjectView): string {
  if (cell.value === null) return '–';
  const bound = cell.lowerBound ? '≥ ' : '';
  const value = `${bound}**${number(cell.value, 'page')}** (${interval(cell.interval)})`;
  if (subject.role === 'reference') return value;
  return `${value}<br>${ratioText(cell)}`;
}

/** `\~ 1.01× (0.98 – 1.03), could have seen 3 %`; escaped. */
function ratioText({ ratio: value, ratioInterval: range, same, mde }: HeadlineCell): string {
  if (value === null) return 'not compared';
  const bounds = ratioInterval(range, 'page');
  const seen = same && mde !== null ? `, could have seen ${seenFrom(mde)}` : '';
  return `${same ? '\\~ ' : ''}${ratio(value, 'page')}× (${bounds})${seen}`;
}

function claimsOf(judgements: readonly Judgement[]): string {
  const md = escapeMarkdown;
  const settled = judgements.filter((one) => !isLeftOpen(one));
  const lines = settled.map(
    (one) => `- **${verdictText(one)}** \`${one.claim.id}\` ${md(one.decision.sentence)}`,
  );
  const open = judgements.length - settled.length;
  if (open > 0) lines.push(`- Left open: ${open} of ${judgements.length} claims`);
  return [
    '<details><summary>Claims, and what this run says</summary>',
    '',
    ...lines,
    '',
    '</details>',
  ].join('\n');
}
