/**
 * The table of `iomodels micro --options`: per connection count one row per option set with its
 * verdict, then CPU per request of the servers against each other and against the floor. Pure.
 */
import { count, percent, ratio, shortNumber } from '../findings/format.js';
import type { FigureRow, OptionRow, OptionsFile } from '../micro/schema.js';
import {
  type Column,
  intervalPair,
  layOut,
  left,
  noteLines,
  type Pair,
  ratioPair,
  right,
} from './columns.js';
import { type Paint, WIDE } from './table.js';
import { wrap } from './text.js';

/** No line is longer than `width` (at least 80), but for words that are. */
export function renderOptions(file: OptionsFile, width: number, paint: Paint): string {
  const counts = [...new Set(file.floorRows.map(({ connections }) => connections))];
  const sections = [
    ...counts.map((connections) => optionSection(file, connections, width, paint)),
    ...counts.map((connections) => figureSection(file, connections, width, paint)),
    idleSection(file, width, paint),
  ];
  const notes = noteLines(notesOf(file), width, paint.note);
  return `${[...sections.filter((one) => one !== ''), notes].join('\n\n')}\n`;
}

function title(file: OptionsFile, connections: number, what: string): string {
  const size = `${count(file.blocks, 'block')} of ${file.windowMs / 1000} s`;
  return `${what}, ${count(connections, 'connection')}: ${size}`;
}

function optionSection(
  file: OptionsFile,
  connections: number,
  width: number,
  paint: Paint,
): string {
  const rows = file.options.filter((row) => row.connections === connections);
  if (rows.length === 0) return '';
  const [top = '', bottom = '', ...body] = layOut(optionColumns(rows, width >= WIDE), width);
  const variants = [...new Set(rows.map(({ variant }) => variant))].flatMap((variant) => [
    paint.title(variant),
    ...rows.flatMap((row, i) => (row.variant === variant ? [body[i] ?? ''] : [])),
  ]);
  return [paint.title(title(file, connections, 'options')), top, bottom, ...variants].join('\n');
}

function optionColumns(rows: readonly OptionRow[], wide: boolean): Column[] {
  const bytes = (value: number | null) => (value === null ? '-' : shortNumber(value));
  const perRequest = wide ? '/request, 95 %' : '/req';
  const perConnection = wide ? 'bytes/conn.' : 'B/conn';
  const narrow = (pair: Pair) => (wide ? pair : pair[0]);
  return [
    left(['', 'option'], rows, ({ label }) => `  ${label}`),
    right(['CPU us', perRequest], rows, (row) => narrow(intervalPair(row.cpu))),
    right(['CPU: ratio', 'to the first'], rows, (row) => toFirst(row.cpuRatio)),
    right(['p99', 'ratio'], rows, (row) => narrow(toFirst(row.p99Ratio))),
    right(['idle', perConnection], rows, ({ idleSilent }) => bytes(idleSilent)),
    right(['used', perConnection], rows, ({ idleServed }) => bytes(idleServed)),
    left(['', 'verdict'], rows, (row) => verdictText(row, wide)),
  ];
}

function toFirst(ratio: OptionRow['cpuRatio']): Pair {
  return ratio === null ? ['1', ''] : ratioPair(ratio);
}

/** Of CPU per request. */
export function verdictText({ verdict, detectable }: OptionRow, wide: boolean): string {
  switch (verdict) {
    case 'base':
      return '';
    case 'pays':
    case 'costs':
      return verdict;
    case 'open':
      return 'open';
    case 'no-difference': {
      if (detectable === null) return wide ? 'no difference seen' : '~';
      const seen = percent(detectable);
      return wide ? `no difference seen (could have seen ${seen})` : `~ (${seen})`;
    }
  }
}

function figureSection(
  file: OptionsFile,
  connections: number,
  width: number,
  paint: Paint,
): string {
  const rows = file.figures.filter((row) => row.connections === connections);
  if (rows.length === 0) return '';
  const versus = [...new Set(rows.map((row) => row.versus))];
  const sets = new Set(file.options.map(({ subject }) => subject));
  // Option sets have a table of their own; micro.json has their ratios to servers and floor too.
  const subjects = [...new Set(rows.map(({ subject }) => subject))].filter(
    (one) => versus.includes(one) || !sets.has(one),
  );
  // In the order of the rows, and the floor, which is no row, last.
  const others = [
    ...subjects.filter((one) => versus.includes(one)),
    ...versus.filter((one) => !subjects.includes(one)),
  ];
  const find = (subject: string, versus: string) =>
    rows.find((row) => row.subject === subject && row.versus === versus);
  const wide = width >= WIDE;
  const columns = others.map((versus) =>
    right(headOf(versus), subjects, (subject) => cellOf(find(subject, versus), wide)),
  );
  const name = left(['', 'server'], subjects, (one) => one);
  const heading = paint.title(title(file, connections, 'CPU per request, ratio to'));
  return [heading, ...layOut([name, ...columns], width)].join('\n');
}

function idleSection({ idle, idleRows }: OptionsFile, width: number, paint: Paint): string {
  const connections = idle[0]?.connections;
  if (connections === undefined) return '';
  const bytes = (value: number | null, range: readonly [number, number] | null): Pair => [
    value === null ? '-' : shortNumber(value),
    range === null ? '' : range.map(shortNumber).join('-'),
  ];
  const times = (value: number | null) => (value === null ? '-' : ratio(value, 'table'));
  const columns = [
    left(['', 'server'], idleRows, ({ subject }) => subject),
    right(['silent', 'median, range'], idleRows, (row) => bytes(row.silent, row.silentRange)),
    right(['', 'ratio'], idleRows, (row) => times(row.silentRatio)),
    right(['after a request', 'median, range'], idleRows, ({ served, servedRange }) =>
      bytes(served, servedRange),
    ),
    right(['', 'ratio'], idleRows, (row) => times(row.servedRatio)),
  ];
  const heading = `resident bytes per idle connection, at ${connections}; ratios to the reference`;
  return [paint.title(wrap(heading, width, '  ')), ...layOut(columns, width)].join('\n');
}

/** In two lines, broken after a dash or at a space so that the longer one is as short as can be. */
function headOf(name: string): [string, string] {
  const words = name.split(/(?<=-)|\s/);
  const splits = words.map((_, i): [string, string] => [
    words.slice(0, i).join(''),
    words.slice(i).join(''),
  ]);
  const longest = ([first, second]: [string, string]) => Math.max(first.length, second.length);
  return splits.reduce((best, one) => (longest(one) < longest(best) ? one : best));
}

function cellOf(row: FigureRow | undefined, wide: boolean): string {
  if (row === undefined) return '';
  const { estimate, lo, hi } = row.ratio;
  if (estimate === null) return '-';
  const same = lo !== null && hi !== null && lo <= 1 && hi >= 1;
  const value = `${same ? '~' : ''}${ratio(estimate, 'table')}`;
  if (!wide || lo === null || hi === null) return value;
  return `${value} ${ratio(lo, 'table')}-${ratio(hi, 'table')}`;
}

function notesOf({ floorRows, options, problems }: OptionsFile): string[] {
  const floors = floorRows.map(({ connections, us }) => {
    const [value, interval] = intervalPair(us);
    return `${value} us${interval === '' ? '' : ` (${interval})`} at ${connections}`;
  });
  const compared = options.filter(({ verdict }) => verdict !== 'base' && verdict !== 'open').length;
  return [
    `loopback floor, CPU per request: ${floors.join('; ')}`,
    'Medians over blocks with 95 % intervals; ratios are paired by block. pays, costs: the interval of CPU per ' +
      'request excludes 1.',
    ...(options.length === 0
      ? ['no variant here lists option sets (`ablation` in its variant.json)']
      : [
          `${count(compared, 'comparison')} at 95 %: about one in twenty that differ in nothing looks as if it did`,
          'idle, used: resident bytes per connection that sent nothing, and after one request',
        ]),
    '~  no difference seen: the interval covers 1 (in brackets what could have been seen)',
    ...problems.map((problem) => `-  ${problem}`),
  ];
}
