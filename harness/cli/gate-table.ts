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
import { type Cell, type Column, columnsFor, layOut } from './columns.js';
import { type Paint, PLAIN } from './table.js';
import { wrap } from './text.js';

/** Prose wider than this is hard to read. */
const PROSE_WIDTH = 100;
/** From this width on, changes are shown with their bounds. */
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
  if (lane === 'correctness') {
    return mine.map(({ variant, verdict, why }) =>
      wrap(`${MARKS[verdict]} ${variant}: ${why}`, width, '  '),
    );
  }
  const [top = '', bottom = '', ...body] = layOut(columnsOf(mine, width >= WIDE), width);
  return [paint.title(TITLES[lane]), top, bottom, ...body];
}

const MARKS: Readonly<Record<GateRow['verdict'], string>> = {
  pass: 'pass',
  fail: 'FAIL',
  inconclusive: 'open',
  skipped: '-',
};

function columnsOf(rows: readonly GateRow[], wide: boolean): Column[] {
  const worse: Column = { head: ['worse', 'by'], align: 'right', cells: rows.map(worseCell(wide)) };
  return [
    ...columnsFor(rows, [
      // A name that has just been said is not said again.
      ['server', 'left', ({ variant }, i) => (rows[i - 1]?.variant === variant ? '' : variant)],
      ['condition', 'left', ({ condition }) => condition],
      ['metric', 'left', ({ metric }) => (wide ? metricLabel(metric) : (SHORT[metric] ?? metric))],
      ['base', 'right', ({ base }) => valueText(base)],
      [wide ? 'candidate' : 'cand.', 'right', ({ candidate }) => valueText(candidate)],
    ]),
    worse,
    ...columnsFor(rows, [
      ['allowed', 'right', ({ change, allowed }) => (change === null ? '-' : shareText(allowed))],
      ['', 'left', ({ verdict, accepted }) => `${MARKS[verdict]}${accepted === null ? '' : '*'}`],
    ]),
  ];
}

const worseCell =
  (wide: boolean) =>
  ({ change, lo, hi }: GateRow): Cell => {
    if (!wide) return changeText(change);
    const isKnown = change !== null && lo !== null && hi !== null;
    return [changeText(change), isKnown ? `(${changeText(lo)} to ${changeText(hi)})` : ''];
  };

const SHORT: Readonly<Record<string, string>> = {
  syscalls_per_request: 'calls/req',
  voluntary_switches_per_request: 'sw/req',
  idle_bytes_per_connection: 'B/conn',
  cpu_us_per_request: 'CPU us/req',
  requests_per_s: 'req/s',
  latency_us_p99: 'p99 us',
};

/** Everything that is not a plain pass, worst first. */
function sentences({ rows, unused }: GateFile, width: number): string[] {
  const noteworthy = worstFirst(rows).filter(
    ({ verdict, accepted }) => verdict !== 'pass' || accepted !== null,
  );
  return [...unused.map((text) => `FAIL: ${text}`), ...noteworthy.map(sentence)].map((text) =>
    wrap(text, width, '  '),
  );
}

function sentence(row: GateRow): string {
  const { verdict, accepted } = row;
  const mark = verdict === 'skipped' ? verdict : MARKS[verdict];
  const found = `${mark}: ${placeText(row)}: ${findingText(row)}`;
  if (accepted === null) return found;
  const { size, reason, expires } = accepted;
  return `${found} * accepted up to ${shareText(size)} until ${expires}: ${reason}`;
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
