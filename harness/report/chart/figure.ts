/**
 * A figure as data: what the page needs to show one or several charts with caption, legend, table
 * and gaps.
 */

import {
  type Interval,
  interval as intervalText,
  list,
  number,
  whole,
} from '../../findings/format.js';
import { METRICS } from '../../results/metrics.js';
import { type MetricName, workloadText } from '../../results/schema.js';
import { type GapLine, gapLines } from '../gaps.js';
import type { Identity } from '../identity.js';
import type { Gap, Ladder, Scenario, SubjectView, ValueCell } from '../model.js';
import { type ChartSpec, renderSvg, type TextAlternative } from './svg.js';

export interface Panel {
  /** Shown above the chart when a figure has several. */
  readonly title: string | null;
  /**
   * Rendered SVG, for wide and for narrow pages; the same text where one size serves both. null:
   * nothing to draw.
   */
  readonly wide: string | null;
  readonly narrow: string | null;
}

/** A chart that serves wide and narrow pages alike. */
export async function drawOnce(
  title: string | null,
  spec: ChartSpec | null,
  alternative: TextAlternative,
): Promise<Panel> {
  const svg = spec === null ? null : await renderSvg(spec, alternative);
  return { title, wide: svg, narrow: svg };
}

/** A chart of two sizes, each drawn to its own specification; its id ends in the size. */
export async function drawTwice<S extends string>(
  title: string | null,
  [wide, narrow]: readonly [S, S],
  specOf: (size: S) => ChartSpec | null,
  alternative: TextAlternative,
): Promise<Panel> {
  const draw = async (size: S) => {
    const id = `${alternative.id}-${size}`;
    return (await drawOnce(null, specOf(size), { ...alternative, id })).wide;
  };
  return { title, wide: await draw(wide), narrow: await draw(narrow) };
}

/** One row of the table behind a figure. */
export interface DataRow {
  readonly subject: SubjectView;
  readonly connections: number;
  readonly measure: string;
  /** The measure in a sentence, without its unit. */
  readonly label: string;
  readonly value: number | null;
  readonly interval: Interval | null;
  readonly n: number | null;
  /** Lower bound, too few trials, or why there is no value. */
  readonly note: string | null;
}

/** What every figure shows in a table, too. */
export interface Table {
  readonly columns: readonly { readonly title: string; readonly numeric: boolean }[];
  readonly rows: readonly (readonly string[])[];
}

/** One line of a legend: the look of a subject, a grey of a bar, or words. */
export type LegendItem =
  | { readonly kind: 'look'; readonly identity: Identity; readonly text: string }
  | { readonly kind: 'fill'; readonly fill: string; readonly text: string }
  | { readonly kind: 'words'; readonly text: string };

export interface Figure {
  readonly id: string;
  /** What it shows, the same for every scenario; claims name their chart by it. */
  readonly kind: FigureKind;
  readonly title: string;
  readonly unit: string;
  /** What it shows, and how to read it. */
  readonly caption: readonly [string, string];
  readonly width: 'half' | 'full';
  /**
   * `narrow`: lines carry their names where there is room, and a legend replaces them where there
   * is none.
   */
  readonly legend: 'always' | 'narrow' | 'never';
  readonly legendItems: readonly LegendItem[];
  readonly panels: readonly Panel[];
  /** How many are side by side; the panels' number when it is left out. */
  readonly columns?: number;
  readonly table: Table;
  readonly gaps: readonly GapLine[];
}

export type FigureKind =
  | 'ratio'
  | 'cpu'
  | 'split'
  | 'throughput'
  | 'voluntary'
  | 'involuntary'
  | 'syscalls'
  | 'latency'
  | 'percentiles'
  | 'load'
  | 'memory'
  | 'switch-cost'
  | 'wakeups'
  | 'timeline';

/** A figure of values by subject and connections. */
export interface MeasuredFigure extends Figure {
  readonly rows: readonly DataRow[];
}

/** Columns of words, then of numbers, then of words again. */
export function columnsOf(
  words: readonly string[],
  numbers: readonly string[],
  more: readonly string[] = [],
): Table['columns'] {
  const made = (titles: readonly string[], numeric: boolean) =>
    titles.map((title) => ({ title, numeric }));
  return [...made(words, false), ...made(numbers, true), ...made(more, false)];
}

/** Table and gaps of such a figure. */
export function tableOfRows(
  rows: readonly DataRow[],
): Pick<MeasuredFigure, 'rows' | 'table' | 'gaps'> {
  const numbers = ['Connections', 'Value', '95 % interval', 'n'];
  const columns = columnsOf(['Server', 'Measure'], numbers, ['Note']);
  const cells = rows.map((row) => [
    row.subject.id,
    row.measure,
    whole(row.connections),
    valueText(row.value),
    intervalText(row.interval, 'none'),
    row.n === null ? '–' : String(row.n),
    row.note ?? '',
  ]);
  return { rows, table: { columns, rows: cells }, gaps: gapsOf(rows) };
}

function gapsOf(rows: readonly DataRow[]): GapLine[] {
  const all = {
    whats: [...new Set(rows.map(({ label }) => label))],
    subjects: [...new Set(rows.map(({ subject }) => subject.id))],
  };
  const unsaid = rows.filter(({ value, interval }) => value === null || interval === null);
  return gapLines(
    unsaid.flatMap(({ label, subject, connections, note }) =>
      note === null ? [] : [{ what: label, subject: subject.id, connections, why: note }],
    ),
    all,
  );
}

/** The looks of subjects, and what hollow points are where there are any. */
export function subjectLegend(
  subjects: readonly SubjectView[],
  hollow: string | null,
): LegendItem[] {
  return [
    ...subjects.map(
      ({ identity, id, role }): LegendItem => ({
        kind: 'look',
        identity,
        text: role === 'twin' ? `${id} (A/A)` : id,
      }),
    ),
    ...(hollow === null ? [] : [{ kind: 'words', text: `hollow: ${hollow}` } as const]),
  ];
}

/** What every figure is drawn from. */
export interface FigureContext {
  readonly scenario: Scenario;
  /** Put before ids so that figures of several scenarios do not clash. */
  readonly prefix: string;
}

export function contextOf(scenario: Scenario): FigureContext {
  return {
    scenario,
    prefix: slug(`${workloadText(scenario)}-${scenario.load}`),
  };
}

const slug = (text: string): string => text.replace(/[^\w]+/g, '-');

export function ladderPrefix(ladder: Ladder): string {
  const { connections, conditions } = ladder;
  const [first] = conditions;
  const arrivals = first?.load.kind === 'open' ? first.load.arrivals : '';
  return slug(`${workloadText(ladder)}-open-c${connections}-${arrivals}`);
}

export const measureText = (metric: MetricName): string => {
  const { label, shownUnit: unit } = METRICS[metric];
  return unit === '' ? label : `${label}, ${unit}`;
};

/** `go-net: 31.0 at 1, 6.70 at 64 and no value at 512.` for every subject: the chart in words. */
export function inWords(
  rows: readonly (Pick<DataRow, 'subject' | 'value'> & { readonly at: number })[],
): string {
  const subjects = [...new Set(rows.map((row) => row.subject.id))];
  const sentence = (id: string) => {
    const own = rows.filter((row) => row.subject.id === id);
    const texts = own.map(({ value, at }) => `${valueText(value)} at ${whole(at)}`);
    return `${id}: ${list(texts)}.`;
  };
  return subjects.map(sentence).join(' ');
}

export function valueText(value: number | null): string {
  return value === null ? 'no value' : number(value, 'page');
}

/** `5.80 (5.75 – 5.86), n = 6`; the unit stands behind the interval. */
export function valueTip(
  { median, interval, n, lowerBound }: Pick<ValueCell, 'median' | 'interval' | 'n' | 'lowerBound'>,
  unit = '',
): string {
  const bound = lowerBound ? '≥ ' : '';
  return `${bound}${number(median, 'page')} (${intervalText(interval)}${unit}), n = ${n}`;
}

/** What an axis has to show of these: every value and the ends of its interval. */
export function extentOf(cells: readonly (ValueCell | Gap)[]): number[] {
  return cells.flatMap((cell) =>
    cell.kind === 'gap'
      ? []
      : [cell.median, cell.interval?.lo ?? cell.median, cell.interval?.hi ?? cell.median],
  );
}

/** The row of a cell without a value. */
export function gapRow(
  base: Pick<DataRow, 'subject' | 'connections' | 'measure' | 'label'>,
  gap: Gap,
): DataRow {
  return { ...base, value: null, interval: null, n: null, note: gap.why };
}
