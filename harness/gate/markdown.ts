/** gate.json as Markdown for a pull request: the word, what is not a pass, and all rows folded. */
import type { GateRow } from './rows.js';
import type { GateFile } from './schema.js';
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
} from './text.js';

/** Ends with a newline. */
export function renderMarkdown(file: GateFile): string {
  const rows = worstFirst(file.rows);
  const noteworthy = rows.filter(({ verdict }) => verdict === 'fail' || verdict === 'inconclusive');
  const parts = [
    `## ${inert(`Gate: ${headline(file)}`)}`,
    inert(`${modeText(file)}; ${file.qualification.text}`),
    ...file.unused.map((text) => `- **${inert(text)}**`),
    ...(noteworthy.length === 0 ? [] : [table(noteworthy)]),
    ...noteworthy.filter(({ verdict }) => verdict === 'fail').map(sentence),
    details('All rows', table(rows)),
    details('Notes, time and machine', notes(file)),
  ];
  return `${parts.join('\n\n')}\n`;
}

const HEAD = ['', 'server', 'condition', 'metric', 'base', 'candidate', 'worse by', 'allowed', 'n'];
const ALIGN = ['---', '---', '---', '---', '--:', '--:', '--:', '--:', '--:'];

function table(rows: readonly GateRow[]): string {
  return [HEAD, ALIGN, ...rows.map(cells)].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

const MARKS: Readonly<Record<GateRow['verdict'], string>> = {
  fail: '**fail**',
  pass: 'pass',
  inconclusive: 'open',
  skipped: 'skipped',
};

function cells(row: GateRow): string[] {
  const { variant, condition, metric, lo, hi, change } = row;
  const bounds = lo === null || hi === null ? '' : ` (${changeText(lo)} … ${changeText(hi)})`;
  return [
    `${MARKS[row.verdict]}${row.accepted === null ? '' : ' (accepted)'}`,
    inert(variant),
    inert(condition),
    inert(metricLabel(metric)),
    valueText(row.base),
    valueText(row.candidate),
    `${changeText(change)}${bounds}`,
    change === null ? '-' : shareText(row.allowed),
    String(row.n),
  ];
}

function sentence(row: GateRow): string {
  return `**${inert(placeText(row))}**: ${inert(findingText(row))}`;
}

function details(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;
}

function notes({ notes: texts, batches, durations, machineClass }: GateFile): string {
  const times = durations.map(({ step, ms }) => `${step} ${Math.round(ms / 1000)} s`);
  const lines = [
    ...texts,
    ...batches.map(batchText),
    `time: ${times.join(', ')}`,
    `machine: ${machineClass}`,
  ];
  return lines.map((line) => `- ${inert(line)}`).join('\n');
}

/** Escapes text for Markdown: a server's output may be anything. */
function inert(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_[\]|~#!]/g, (mark) => `\\${mark}`);
}
