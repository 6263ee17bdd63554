/**
 * The table of `iomodels micro`: rows by group with intervals, ratios with their targets, and why
 * what is missing is missing. Pure.
 */
import { count, percent } from '../findings/format.js';
import type { Row, RowRatio, SwitchesFile } from '../micro/schema.js';
import { intervalPair, layOut, left, noteLines, type Pair, ratioPair, right } from './columns.js';
import type { Paint } from './table.js';
import { wrap } from './text.js';

/** No line is longer than `width` (at least 80), but for words that are. */
export function renderSwitches(file: SwitchesFile, width: number, paint: Paint): string {
  const { rows, ratios } = file;
  const columns = [
    left(['', ''], rows, ({ title }) => title),
    right(['', 'ns: median, 95 %'], rows, cellOf),
    left(['', 'per'], rows, ({ per }) => per),
    left(['', 'time'], rows, ({ clock }) => clock),
  ];
  const [, head = '', ...body] = layOut(columns, width);
  const groups = [...new Set(rows.map(({ group }) => group))].map((group) => {
    const mine = rows.flatMap((row, i) => (row.group === group ? [body[i] ?? ''] : []));
    return [paint.title(wrap(group, width, '  ')), ...mine].join('\n');
  });
  const notes = noteLines(notesOf(file), width, paint.note);
  return `${[head, ...groups, ratioTable(ratios, width, paint), notes].join('\n\n')}\n`;
}

function cellOf(row: Row): Pair {
  if (row.status === 'void') return ['void', ''];
  return intervalPair(row.ns);
}

/** Rows go by their ids here: two titles would not fit. */
function ratioTable(ratios: readonly RowRatio[], width: number, paint: Paint): string {
  const name = ({ row, versus }: RowRatio) => `${row} / ${versus}`;
  const columns = [
    left(['', ''], ratios, name),
    right(['', 'ratio, 95 %'], ratios, ({ ratio }) => ratioPair(ratio)),
    left(['', 'wanted'], ratios, targetText),
  ];
  return [paint.title('ratios, paired by round'), ...layOut(columns, width).slice(1)].join('\n');
}

/** `<= 0.1: yes`; empty where nothing was wanted. */
function targetText({ target, met }: RowRatio): string {
  return target === null || met === null ? '' : `<= ${target}: ${met}`;
}

/** As the check of the same name of a run. */
const FOREIGN_SHARE_WARN = 0.02;

function notesOf({ rows, ratios, rounds, problems, foreignShare }: SwitchesFile): string[] {
  const voided = rows.filter(({ voidSamples, status }) => voidSamples > 0 && status === 'ok');
  const left = voided.reduce((sum, row) => sum + row.voidSamples, 0);
  return [
    `${count(rounds, 'round')}; every value is a process of its own. cpu: CPU time of the process; ` +
      'wall: time that passed.',
    ...((foreignShare ?? 0) > FOREIGN_SHARE_WARN
      ? [
          `warning: other programs took ${percent(foreignShare ?? 0)} of the CPU; compare ratios, not times`,
        ]
      : []),
    ...(ratios.some(({ met }) => met === 'open')
      ? ['open: the interval covers the target, or there is none']
      : []),
    ...(left > 0
      ? [
          `${count(left, 'sample')} of threads left out: not as many switches as expected, because of other work`,
        ]
      : []),
    ...rows.flatMap(({ id, status, why }) => (status === 'void' ? [`void  ${id}: ${why}`] : [])),
    ...problems.map((problem) => `-  ${problem}`),
  ];
}
