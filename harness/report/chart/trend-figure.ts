/** Figures of metrics against connections, one panel per metric. */

import { METRICS } from '../../results/metrics.js';
import type { MetricName } from '../../results/schema.js';
import type { Gap, ReportModel, ValueCell } from '../model.js';
import {
  type DataRow,
  type FigureContext,
  type FigureKind,
  gapRow,
  inWords,
  type MeasuredFigure,
  measureText,
  type Panel,
  subjectLegend,
  tableOfRows,
} from './figure.js';
import { type Scale, scaleFor } from './scale.js';
import { renderSvg } from './svg.js';
import { type TrendPoint, type TrendSize, trendSpec } from './trend.js';

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

/** Every bound that will be drawn, so that panels share an axis that shows all of them. */
function extent(entries: readonly Entry[]): number[] {
  return entries.flatMap(({ cell }) =>
    cell.kind === 'gap'
      ? []
      : [cell.median, cell.interval?.lo ?? cell.median, cell.interval?.hi ?? cell.median],
  );
}

interface PanelInput {
  readonly model: ReportModel;
  readonly context: FigureContext;
  readonly plan: TrendPlan;
  readonly metric: MetricName;
  readonly entries: readonly Entry[];
  readonly y: Scale;
}

async function drawPanel({ model, context, plan, metric, entries, y }: PanelInput): Promise<Panel> {
  const several = plan.metrics.length > 1;
  const input = {
    subjects: model.subjects,
    counts: context.scenario.counts,
    points: entries.map(toPoint),
    y,
    measure: measureText(metric),
  };
  const draw = async (size: TrendSize): Promise<string | null> => {
    const spec = trendSpec(input, size);
    if (spec === null) return null;
    const label = `Line chart: ${measureText(metric)}, against connections`;
    const description = inWords(entries.map(rowOf));
    return renderSvg(spec, { id: `${context.prefix}-${metric}-${size}`, label, description });
  };
  const title = several ? METRICS[metric].label : null;
  if (several) {
    const svg = await draw('panel');
    return { title, wide: svg, narrow: svg };
  }
  return { title, wide: await draw('wide'), narrow: await draw('compact') };
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
  const y = scaleFor(extent(all), plan.axis);
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
