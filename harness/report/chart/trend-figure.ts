/**
 * Figures of metrics against connections, one panel per metric: one curve per subject, a point with
 * its interval at each count.
 *
 * Lines break where there is no value. Points of different subjects are nudged sideways so that
 * their intervals stay apart; hollow points are lower bounds.
 */

import { count } from '../../findings/format.js';
import { METRICS } from '../../results/metrics.js';
import type { MetricName } from '../../results/schema.js';
import type { Gap, ReportModel, SubjectView, ValueCell } from '../model.js';
import { type CurvePoint, curveSpec, FRAMES, type FrameSize } from './curve.js';
import {
  type DataRow,
  drawOnce,
  drawTwice,
  extentOf,
  type FigureContext,
  type FigureKind,
  gapRow,
  inWords,
  type MeasuredFigure,
  measureText,
  type Panel,
  subjectLegend,
  tableOfRows,
  valueTip,
} from './figure.js';
import { connectionsScale, type Scale, scaleFor } from './scale.js';
import type { ChartSpec } from './svg.js';

/** `512`, `4096`, `10k`: of counts that stand close together on a log axis. */
const CONNECTIONS_EXPR =
  "datum.value >= 10000 ? format(datum.value / 1000, '~r') + 'k' : format(datum.value, 'd')";

interface TrendPoint {
  readonly subject: SubjectView;
  readonly connections: number;
  readonly cell: ValueCell | null;
}

interface TrendInput {
  readonly subjects: readonly SubjectView[];
  readonly counts: readonly number[];
  readonly points: readonly TrendPoint[];
  readonly y: Scale;
  /** `CPU per request, µs`: for what is shown when a point is pointed at. */
  readonly measure: string;
}

/** The specification of one chart; null when there is not one value to draw. */
function trendSpec(input: TrendInput, size: FrameSize): ChartSpec | null {
  const { subjects, points, measure } = input;
  const { nudge, width } = FRAMES[size];
  const scale = connectionsScale(input.counts);
  const middle = (subjects.length - 1) / 2;
  const curves = subjects.map(({ id, identity }, s) => {
    const own = points.filter(({ subject }) => subject.id === id);
    const nudged = (connections: number) =>
      scale.fromUnit(scale.toUnit(connections) + ((s - middle) * nudge) / width);
    const drawn = own.flatMap(({ cell, connections }, i): CurvePoint[] => {
      if (cell === null) return [];
      const run = own.slice(0, i).filter((before) => before.cell === null).length;
      const text = `${measure} at ${count(connections, 'connection', 'page')}`;
      const { median: y, lowerBound: hollow, interval } = cell;
      const tip = [text, valueTip(cell)];
      return [{ x: nudged(connections), y, hollow, run, ...(interval ?? {}), tip }];
    });
    return { name: id, identity, points: drawn };
  });
  const x = { title: 'connections (log scale)', scale, labelExpr: CONNECTIONS_EXPR };
  return curveSpec({ curves, x, y: { title: null, scale: input.y }, style: 'trend' }, size);
}

export interface TrendPlan {
  readonly id: FigureKind;
  readonly title: string;
  readonly unit: string;
  readonly metrics: readonly MetricName[];
  readonly axis: Scale['type'];
  /** What it shows. */
  readonly shows: string;
  /** How to read it, before the sentences that all such figures share. */
  readonly reading: string;
}

interface Entry extends Omit<TrendPoint, 'cell'> {
  readonly metric: MetricName;
  readonly cell: ValueCell | Gap;
}

function entriesOf(model: ReportModel, context: FigureContext, metric: MetricName): Entry[] {
  const { counts, ...where } = context.scenario;
  return model.subjects.flatMap((subject) =>
    counts
      .filter((connections) => model.takesPart(subject.id, { ...where, connections }))
      .map((connections) => ({
        subject,
        connections,
        metric,
        cell: model.value({ ...where, subject: subject.id, connections, metric }),
      })),
  );
}

function rowOf({ subject, connections, metric, cell }: Entry): DataRow {
  const { label } = METRICS[metric];
  const base = { subject, connections, measure: measureText(metric), label };
  if (cell.kind === 'gap') return gapRow(base, cell);
  const bound = cell.lowerBound
    ? `lower bound: ${cell.why ?? "the client's CPU was the limit"}`
    : cell.why;
  return { ...base, value: cell.median, interval: cell.interval, n: cell.n, note: bound };
}

const toPoint = (entry: Entry): TrendPoint => ({
  ...entry,
  cell: entry.cell.kind === 'gap' ? null : entry.cell,
});

interface PanelInput {
  readonly model: ReportModel;
  readonly context: FigureContext;
  readonly plan: TrendPlan;
  readonly metric: MetricName;
  readonly entries: readonly Entry[];
  readonly y: Scale;
}

function drawPanel({ model, context, plan, metric, entries, y }: PanelInput): Promise<Panel> {
  const several = plan.metrics.length > 1;
  const input = {
    subjects: model.subjects,
    counts: context.scenario.counts,
    points: entries.map(toPoint),
    y,
    measure: measureText(metric),
  };
  const points = entries.map(({ subject, connections, cell }) => ({
    subject,
    value: cell.kind === 'gap' ? null : cell.median,
    at: connections,
  }));
  const id = `${context.prefix}-${metric}`;
  const label = `Line chart: ${measureText(metric)}, against connections`;
  const alternative = { id, label, description: inWords(points) };
  if (several) {
    const once = { ...alternative, id: `${id}-panel` };
    return drawOnce(METRICS[metric].label, trendSpec(input, 'panel'), once);
  }
  return drawTwice(null, ['wide', 'compact'], (size) => trendSpec(input, size), alternative);
}

const axisNote = (y: Scale): string =>
  y.type === 'log' ? 'Log scale: equal distances are equal ratios.' : 'The axis starts at zero.';

/** Draws the figure: one panel per metric, all on one axis. */
export async function trendFigure(
  model: ReportModel,
  context: FigureContext,
  plan: TrendPlan,
): Promise<MeasuredFigure> {
  const byMetric = plan.metrics.map((metric) => ({
    metric,
    entries: entriesOf(model, context, metric),
  }));
  const all = byMetric.flatMap(({ entries }) => entries);
  const y = scaleFor(extentOf(all.map(({ cell }) => cell)), plan.axis);
  const panels = await Promise.all(
    byMetric.map(({ metric, entries }) => drawPanel({ model, context, plan, metric, entries, y })),
  );
  const hollow = all.some(({ cell }) => cell.kind === 'value' && cell.lowerBound);
  return {
    id: `${context.prefix}-${plan.id}`,
    kind: plan.id,
    title: plan.title,
    unit: plan.unit,
    caption: [plan.shows, `${plan.reading} ${axisNote(y)}`],
    width: panels.length > 1 ? 'full' : 'half',
    legend: panels.length > 1 ? 'always' : 'narrow',
    legendItems: subjectLegend(model.subjects, hollow ? 'lower bound' : null),
    panels,
    ...tableOfRows(all.map(rowOf)),
  };
}
