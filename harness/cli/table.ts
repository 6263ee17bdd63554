/**
 * The table at the end of a run: one section per condition, one row per subject, within the given
 * width. Pure.
 *
 * Marks: `~` no difference seen (the interval covers 1), `?` not decided, `>=` lower bound, `-`
 * unknown. Each mark that occurs is explained below the table, and every `-` and every missing
 * interval has its reason there.
 */
import { count, number, shortNumber } from '../findings/format.js';
import { METRICS, type MetricName } from '../results/metrics.js';
import { loadText } from '../results/place.js';
import { partOf } from '../results/quality.js';
import { type Results, type Subject, type Trial, workloadText } from '../results/schema.js';
import { askedBlocks } from '../stats/precision.js';
import { type Cell, type Column, layOut, noteLines, type Pair, paintLines } from './columns.js';
import { ConditionCells, isUndecided } from './condition-cells.js';
import { Reasons, shortPlace } from './reasons.js';
import { wrap } from './text.js';

/** From this width on, switches and throughput have their intervals too. */
export const WIDE = 112;

/** How titles and notes are marked on a terminal; both functions keep the visible text as it is. */
export interface Paint {
  readonly title: (text: string) => string;
  readonly note: (text: string) => string;
}

export const PLAIN: Paint = { title: (text) => text, note: (text) => text };

/**
 * The table with its notes; no line is longer than `width` (at least 80), but for words that are.
 */
export function renderTable(results: Results, width: number, paint: Paint = PLAIN): string {
  const reasons = new Reasons(results.header);
  const { conditions } = results.header.plan;
  const sections = conditions.map((condition) => new ConditionCells(results, condition, reasons));
  const tables = renderSections(sections, width, paint);
  const notes = [...legend(results), ...reasons.lines(), ...troubles(results)];
  return `${[...tables, noteLines(notes, width, paint.note)].join('\n\n')}\n`;
}

/** One layout for all sections, so that their columns are below each other. */
function renderSections(
  sections: readonly ConditionCells[],
  width: number,
  paint: Paint,
): string[] {
  const measured = sections.filter((section) => section.blocks > 0);
  const columns = columnsOf(measured, width >= WIDE);
  const [top = '', bottom = '', ...rows] = measured.length === 0 ? [] : layOut(columns, width);
  return sections.map((section) => {
    const title = paint.title(wrap(titleOf(section), width, '  '));
    if (section.blocks === 0) return `${title}\nnot measured`;
    const mine = rows.splice(0, section.subjects.length);
    const asides = asidesOf(section).map((text) => paintLines(wrap(text, width, '  '), paint.note));
    return [title, top, bottom, ...mine, ...asides].join('\n');
  });
}

/** What has no column of its own but belongs with the CPU of the servers. */
const ASIDES = [
  'requests_per_wait',
  'client_cpu_us_per_request',
  'instructions_per_request',
] as const;

/** `requests per wait: callback-epoll 7.9, go-net 8.1`, of the servers of which it is known. */
function asidesOf(section: ConditionCells): string[] {
  return ASIDES.flatMap((metric) => {
    const values = section.subjects.flatMap((subject) => {
      const median = section.median(subject, metric);
      return median === null ? [] : [`${label(subject)} ${number(median, 'table')}`];
    });
    return values.length === 0 ? [] : [`${METRICS[metric].short}: ${values.join(', ')}`];
  });
}

/**
 * `keepalive, 64 connections: 8 blocks`; `5 of 8 blocks` when some are missing, and their level
 * where that is not clean.
 */
function titleOf({ condition, results, blocks }: ConditionCells): string {
  const { plan } = results.header;
  const load = loadText(condition) === 'closed' ? '' : `, ${loadText(condition)}`;
  const where = `${workloadText(condition)}, ${count(condition.connections, 'connection')}${load}`;
  const planned = askedBlocks(plan, condition.id, blocks);
  const some = blocks < planned ? `${blocks} of ` : '';
  const { level } = partOf(results.quality, condition.id);
  const doubt = { clean: '', noisy: ', noisy', invalid: ', invalid: it decides nothing' }[level];
  return `${where}: ${some}${count(planned, 'block')}${doubt}`;
}

function columnsOf(sections: readonly ConditionCells[], wide: boolean): Column[] {
  const each: Each = (cell) =>
    sections.flatMap((section) => section.subjects.map((subject) => cell(section, subject)));
  const cpu = each((section, subject) => section.pair(subject, 'cpu_us_per_request'));
  return [
    { head: ['', 'server'], align: 'left', cells: each((_, subject) => label(subject)) },
    { head: ['CPU us/request', 'median, 95 %'], align: 'right', cells: cpu },
    ...ratioColumn(sections, each),
    ...loadColumns(wide, each),
  ];
}

type Each = (cell: (section: ConditionCells, subject: Subject) => Cell) => Cell[];

/** Absent when there is nothing to compare. */
function ratioColumn(sections: readonly ConditionCells[], each: Each): Column[] {
  const [first] = sections;
  if (!first?.subjects.some(({ id }) => id === first.reference)) return [];
  if (first.subjects.length === 1) return [];
  const cells = each((section, subject) => section.ratioPair(subject, 'cpu_us_per_request'));
  return [{ head: ['CPU: ratio to', first.reference], align: 'right', cells }];
}

function loadColumns(wide: boolean, each: Each): Column[] {
  const either = (pair: (section: ConditionCells, subject: Subject) => Pair) =>
    each((section, subject) => (wide ? pair(section, subject) : pair(section, subject)[0]));
  const latency = (name: 'p50' | 'p90' | 'p99'): Column => {
    const cells = each((section, subject) => section.value(subject, `latency_us_${name}`));
    return { head: [name, 'us'], align: 'right', cells };
  };
  const switches = either((section, subject) =>
    section.pair(subject, 'voluntary_switches_per_request'),
  );
  const rate = either((section, subject) => section.pair(subject, 'requests_per_s', shortNumber));
  return [
    wide
      ? { head: ['voluntary switches', 'per request, 95 %'], align: 'right', cells: switches }
      : { head: ['vol.', 'sw/req'], align: 'right', cells: switches },
    { head: wide ? ['requests/s', 'median, 95 %'] : ['req.', '/s'], align: 'right', cells: rate },
    latency('p50'),
    ...(wide ? [latency('p90')] : []),
    latency('p99'),
  ];
}

function label({ id, aaOf }: Subject): string {
  return aaOf === undefined ? id : `${id} (A/A)`;
}

/** What the columns and the marks mean: only those that this table has. */
function legend({ summary, header, trials }: Results): string[] {
  if (trials.length === 0) return [];
  const twin = header.subjects.find(({ aaOf }) => aaOf !== undefined);
  const shown = summary.flatMap((row) =>
    row.kind === 'ratio' && row.metric === 'cpu_us_per_request' ? [row] : [],
  );
  const same = shown.some(({ lo, hi }) => lo !== null && hi !== null && lo <= 1 && hi >= 1);
  const bounded = summary.some((row) => row.kind === 'value' && row.bound === 'lower');
  const isKnown = (metric: MetricName) =>
    summary.some((row) => row.kind === 'value' && row.metric === metric && row.median !== null);
  return [
    'Medians over blocks with 95 % intervals; ratios are paired by block. CPU and voluntary context switches ' +
      '(vol. sw) are those of the whole server process; p50, p99: latency at the client.',
    ...(same
      ? ['~3%  no difference seen: the interval covers 1; a difference of 3 % could have been seen']
      : []),
    ...(shown.some(isUndecided)
      ? ['?  undecided: no longer certain when all primary metrics are compared (Holm)']
      : []),
    ...(bounded
      ? ['>= lower bound: the client was busy, the server may do more (and p50, p99 be lower)']
      : []),
    ...(isKnown('requests_per_wait')
      ? [
          'requests per wait: answered for each epoll_wait or the like; CPU per request depends on these batches, so compare where they are alike',
        ]
      : []),
    ...(isKnown('client_cpu_us_per_request')
      ? [
          "client's CPU: on loopback it pays for waking a server that sleeps, which the server's CPU does not show",
        ]
      : []),
    ...(twin ? [`(A/A) is ${twin.aaOf} once more: its ratio should be close to 1`] : []),
  ];
}

/** More than these are in results.json. */
const PROBLEMS_SHOWN = 5;

/** One line each; empty when all went well. */
export function troubles(results: Results): string[] {
  const lines = [...skippedLines(results), ...failedLines(results), ...voidLines(results)];
  const reasons = results.trials.flatMap(({ reason }) => reason ?? []);
  const skips = results.header.skipped.map(({ why }) => why);
  const others = results.problems.filter(
    (problem) => ![...reasons, ...skips].some((reason) => problem.includes(reason)),
  );
  const more = others.length - PROBLEMS_SHOWN;
  return [
    ...lines,
    ...others.slice(0, PROBLEMS_SHOWN).map((problem) => `problem: ${firstLine(problem)}`),
    ...(more > 0 ? [`and ${count(more, 'more problem')}, see results.json`] : []),
  ];
}

function skippedLines({ header }: Results): string[] {
  return header.skipped.map(({ variant, why }) => `skipped: ${variant}: ${firstLine(why)}`);
}

/** `failed: 2 of 8 trials of thread-per-connection at 512: the server exited with status 139`. */
function failedLines({ header, trials }: Results): string[] {
  return header.plan.conditions.flatMap((condition) =>
    header.subjects.flatMap(({ id }) => {
      const mine = trials.filter((t) => t.condition === condition.id && t.subject === id);
      const failed = mine.filter(({ status }) => status === 'failed');
      if (failed.length === 0) return [];
      const share = `${failed.length} of ${count(mine.length, 'trial')}`;
      return [`failed: ${share} of ${id} ${shortPlace(condition)}: ${reasonsOf(failed)}`];
    }),
  );
}

/** A void trial takes its whole block with it; how many were run once more is said with it. */
function voidLines({ header, trials }: Results): string[] {
  return header.plan.conditions.flatMap((condition) => {
    const spoilt = trials.filter((t) => t.condition === condition.id && t.status === 'void');
    if (spoilt.length === 0) return [];
    const blocks = new Set(spoilt.map(({ block }) => block)).size;
    const share = `${blocks} of ${count(blocksRun(trials, condition.id), 'block')}`;
    return [`void: ${share} ${shortPlace(condition)} left out: ${reasonsOf(spoilt)}`];
  });
}

function blocksRun(trials: readonly Trial[], condition: string): number {
  return new Set(
    trials.filter((t) => t.condition === condition && !t.instrumented).map(({ block }) => block),
  ).size;
}

/** Reasons that differ in their first number alone are one, with the range: `40.5 to 65.0 % …`. */
function reasonsOf(trials: readonly Trial[]): string {
  const numbers = new Map<string, string[]>();
  for (const { reason } of trials) {
    const text = firstLine(reason ?? 'no reason was given');
    const first = /^[\d.]+(?= %)/.exec(text)?.[0] ?? '';
    const rest = text.slice(first.length);
    numbers.set(rest, [...(numbers.get(rest) ?? []), first]);
  }
  return [...numbers].map(([rest, found]) => `${rangeOf(found)}${rest}`).join('; ');
}

function rangeOf(numbers: readonly string[]): string {
  const sorted = [...numbers].sort((a, b) => Number(a) - Number(b));
  const [lowest = '', highest = ''] = [sorted[0], sorted.at(-1)];
  return lowest === highest ? lowest : `${lowest} to ${highest}`;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
