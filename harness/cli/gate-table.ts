/**
 * A gate run on the terminal: the word, then a table per lane, then what is not a pass in
 * sentences. Pure.
 */

import { duration } from '../findings/format.js';
import type { GateRow } from '../gate/rows.js';
import { laneName } from '../gate/rows.js';
import type { GateFile } from '../gate/schema.js';
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
} from '../gate/text.js';
import { type Cell, type Column, layOut } from './columns.js';
import type { Paint } from './table.js';
import { wrap } from './text.js';

const PLAIN: Paint = { title: (text) => text, note: (text) => text };
/** Prose wider than this is hard to read. */
const PROSE_WIDTH = 100;
/** From this width on, changes have their bounds beside them. */
const WIDE = 104;

/** No line is longer than `width` (at least 80), but for words that are. Ends with a newline. */
export function renderGate(file: GateFile, width: number, paint: Paint = PLAIN): string {
  const prose = Math.min(width, PROSE_WIDTH);
  const parts = [
    [paint.title(wrap(headline(file), prose, '  ')), wrap(modeText(file), prose, '  ')],
    ...laneName.options.map((lane) => laneLines(lane, file, width, paint)),
    sentences(file, prose),
    notes(file, prose).map((line) => paint.note(line)),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const TITLES = {
  correctness: 'Correctness',
  counts: 'Counts per request, and bytes per idle connection: no timing',
  timing: 'Timing, paired by block',
} as const;

function laneLines(
  lane: GateRow['lane'],
  { rows }: GateFile,
  width: number,
  paint: Paint,
): string[] {
  const mine = rows.filter((row) => row.lane === lane);
  if (mine.length === 0) return [];
  // What works needs no table of its own.
  if (lane === 'correctness') return workingLines(mine, width);
  const [top = '', bottom = '', ...body] = layOut(columnsOf(mine, width >= WIDE), width);
  return [paint.title(TITLES[lane]), top, bottom, ...body];
}

function workingLines(rows: readonly GateRow[], width: number): string[] {
  return rows.map(({ variant, verdict, why }) =>
    wrap(`${MARKS[verdict]} ${variant}: ${why}`, width, '  '),
  );
}

const MARKS: Readonly<Record<GateRow['verdict'], string>> = {
  pass: 'pass',
  fail: 'FAIL',
  inconclusive: 'open',
  skipped: '-',
};

function columnsOf(rows: readonly GateRow[], wide: boolean): Column[] {
  const column = (
    head: readonly [string, string],
    align: Column['align'],
    cell: (row: GateRow, index: number) => Cell,
  ): Column => ({ head, align, cells: rows.map(cell) });
  // A name that has just been said is not said again.
  const once = (name: (row: GateRow) => string) => (row: GateRow, i: number) => {
    const before = rows[i - 1];
    return before !== undefined && name(before) === name(row) ? '' : name(row);
  };
  return [
    column(
      ['', 'server'],
      'left',
      once(({ variant }) => variant),
    ),
    column(['', 'condition'], 'left', ({ condition }) => condition),
    column(['', 'metric'], 'left', ({ metric }) => shortLabel(metric, wide)),
    column(['', 'base'], 'right', ({ base }) => valueText(base)),
    column(['', wide ? 'candidate' : 'cand.'], 'right', ({ candidate }) => valueText(candidate)),
    column(['worse', 'by'], 'right', (row) => worseCell(row, wide)),
    column(['', 'allowed'], 'right', ({ change, allowed }) =>
      change === null ? '-' : shareText(allowed),
    ),
    column(['', ''], 'left', ({ verdict, accepted }) =>
      accepted === null ? MARKS[verdict] : `${MARKS[verdict]}*`,
    ),
  ];
}

function worseCell({ change, lo, hi }: GateRow, wide: boolean): Cell {
  if (!wide) return changeText(change);
  const isKnown = change !== null && lo !== null && hi !== null;
  const bounds = isKnown ? `(${changeText(lo)} to ${changeText(hi)})` : '';
  return [changeText(change), bounds];
}

const SHORT: Readonly<Record<string, string>> = {
  syscalls_per_request: 'calls/req',
  voluntary_switches_per_request: 'sw/req',
  idle_bytes_per_connection: 'B/conn',
  cpu_us_per_request: 'CPU us/req',
  requests_per_s: 'req/s',
  latency_us_p99: 'p99 us',
};

function shortLabel(metric: string, wide: boolean): string {
  return wide ? metricLabel(metric) : (SHORT[metric] ?? metric);
}

/** Everything that is not a plain pass, worst first. */
function sentences({ rows, unused }: GateFile, width: number): string[] {
  const noteworthy = worstFirst(rows).filter(
    ({ verdict, accepted }) => verdict !== 'pass' || accepted !== null,
  );
  return [
    ...unused.map((text) => wrap(`FAIL: ${text}`, width, '  ')),
    ...noteworthy.map((row) => wrap(`${sentence(row)}${acceptedText(row)}`, width, '  ')),
  ];
}

function sentence(row: GateRow): string {
  const mark = row.verdict === 'skipped' ? 'skipped' : MARKS[row.verdict];
  return `${mark}: ${placeText(row)}: ${findingText(row)}`;
}

function acceptedText({ accepted }: GateRow): string {
  if (accepted === null) return '';
  const { size, reason, expires } = accepted;
  return ` * accepted up to ${shareText(size)} until ${expires}: ${reason}`;
}

function notes(file: GateFile, width: number): string[] {
  const { batches, durations, qualification } = file;
  const total = durations.reduce((sum, { ms }) => sum + ms, 0);
  const steps = durations.map(({ step, ms }) => `${step} ${duration(ms)}`).join(', ');
  const lines = [
    ...file.notes,
    ...batches.map(batchText),
    qualification.text,
    `took ${duration(total)} (${steps})`,
  ];
  return lines.map((line) => wrap(line, width, '  '));
}
