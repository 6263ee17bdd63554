/**
 * A figure as data: what the page needs to show one or several charts with caption, legend, table
 * and gaps.
 */
import type { MetricName } from '../../results/schema.js';
import { type Interval, list, quantity, whole } from '../format.js';
import { METRICS } from '../metrics.js';
import type { Gap, Scenario, SubjectView } from '../model.js';

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

export interface Figure {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** What it shows, then how to read it. */
  readonly caption: readonly [string, string];
  readonly width: 'half' | 'full';
  /**
   * `narrow`: lines carry their names where there is room, and a legend replaces them where there
   * is none.
   */
  readonly legend: 'always' | 'narrow' | 'never';
  readonly subjects: readonly SubjectView[];
  readonly hollow: boolean;
  readonly panels: readonly Panel[];
  readonly rows: readonly DataRow[];
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
    prefix: `${scenario.workload}-${scenario.load}`.replace(/[^\w]+/g, '-'),
  };
}

export const measureText = (metric: MetricName): string => {
  const { label, unit } = METRICS[metric];
  return unit === '' ? label : `${label}, ${unit}`;
};

/** `go-net: 31.0 at 1, 6.70 at 64 and no value at 512.` for every subject: the chart in words. */
export function inWords(rows: readonly DataRow[]): string {
  const subjects = [...new Set(rows.map((row) => row.subject.id))];
  const sentence = (id: string) => {
    const own = rows.filter((row) => row.subject.id === id);
    return `${id}: ${list(own.map((row) => `${valueInWords(row)} at ${whole(row.connections)}`))}.`;
  };
  return subjects.map(sentence).join(' ');
}

function valueInWords(row: DataRow): string {
  return row.value === null ? 'no value' : quantity(row.value);
}

/** The row of a cell without a value. */
export function gapRow(
  base: Pick<DataRow, 'subject' | 'connections' | 'measure' | 'label'>,
  gap: Gap,
): DataRow {
  return { ...base, value: null, interval: null, n: null, note: gap.why };
}
