/** gate.json for other readers: Markdown for a pull request, and JUnit XML. */

import { create } from 'xmlbuilder';
import { type GateRow, laneName } from './rows.js';
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

/**
 * A suite per lane, a case per row. fail is a failure; inconclusive and skipped rows are skipped
 * cases with their reason, because JUnit has no word for "could not tell". Ends with a newline.
 */
export function renderJunit(file: GateFile): string {
  const suites = laneName.options.map((lane) => suite(lane, file));
  const all = [...suites, unusedSuite(file)].filter((one) => one['@tests'] > 0);
  const sum = (key: '@tests' | '@failures' | '@skipped') =>
    all.reduce((total, one) => total + one[key], 0);
  const root = {
    testsuites: {
      '@name': `iomodels gate: ${headline(file)}`,
      '@tests': sum('@tests'),
      '@failures': sum('@failures'),
      '@skipped': sum('@skipped'),
      testsuite: all,
    },
  };
  // XML 1.0 has no way to write most control characters, and a server's output may contain any.
  const options = { version: '1.0', encoding: 'UTF-8', invalidCharReplacement: '' };
  return `${create(root, options).end({ pretty: true })}\n`;
}

function suite(lane: string, file: GateFile) {
  const rows = file.rows.filter((row) => row.lane === lane);
  const count = (...verdicts: GateRow['verdict'][]) =>
    rows.filter(({ verdict }) => verdicts.includes(verdict)).length;
  return {
    '@name': `gate.${lane}`,
    '@tests': rows.length,
    '@failures': count('fail'),
    '@skipped': count('inconclusive', 'skipped'),
    '@timestamp': file.startedAt.replace(/\.\d+Z$/, ''),
    properties: {
      property: [
        { '@name': 'compared', '@value': modeText(file) },
        { '@name': 'machine', '@value': file.machineClass },
      ],
    },
    testcase: rows.map(testcase),
  };
}

function testcase(row: GateRow) {
  const finding = findingText(row);
  return {
    '@classname': `gate.${row.lane}.${row.variant}`,
    '@name': `${row.condition} ${metricLabel(row.metric)}`,
    ...outcome(row, finding),
  };
}

function outcome({ verdict }: GateRow, finding: string): object {
  if (verdict === 'pass') return { 'system-out': finding };
  if (verdict === 'fail') return { failure: { '@message': finding, '@type': 'regression' } };
  return { skipped: { '@message': verdict === 'skipped' ? finding : `inconclusive: ${finding}` } };
}

function unusedSuite({ unused }: GateFile) {
  return {
    '@name': 'gate.accept',
    '@tests': unused.length,
    '@failures': unused.length,
    '@skipped': 0,
    testcase: unused.map((text, i) => ({
      '@classname': 'gate.accept',
      '@name': `entry ${i + 1}`,
      failure: { '@message': text, '@type': 'unused' },
    })),
  };
}
