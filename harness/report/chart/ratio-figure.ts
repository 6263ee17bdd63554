/** The figure of paired ratios to the reference, one panel per number of connections. */

import { count } from '../../findings/format.js';
import { METRICS } from '../../results/metrics.js';
import type { MetricName } from '../../results/schema.js';
import { pairedLogs } from '../../stats/ratio-rows.js';
import type { RatioCell, ReportModel } from '../model.js';
import {
  type DataRow,
  type FigureContext,
  gapRow,
  inWords,
  type MeasuredFigure,
  type Panel,
  tableOfRows,
} from './figure.js';
import { type RatioEntry, ratioAxis, ratioSpec } from './ratio.js';
import type { Scale } from './scale.js';
import { renderSvg } from './svg.js';

export interface RatioPlan {
  readonly id: string;
  readonly title: string;
  readonly metric: MetricName;
  /** What a ratio below 1 means, for example `cheaper`. */
  readonly below: string;
  readonly above: string;
}

interface Group {
  readonly connections: number;
  readonly entries: readonly RatioEntry[];
}

function groupsOf(model: ReportModel, context: FigureContext, metric: MetricName): Group[] {
  const { counts, ...where } = context.scenario;
  const subjects = model.subjects.filter((s) => s.role !== 'reference');
  return counts.map((connections) => ({
    connections,
    entries: subjects
      .filter(({ id }) => model.takesPart(id, { ...where, connections }))
      .map((subject) => {
        const cell = model.ratio({ ...where, subject: subject.id, connections, metric });
        return { subject, cell, blocks: cell.kind === 'gap' ? [] : blockRatios(model, cell) };
      }),
  }));
}

/** The ratio of each block, in the order of the blocks. */
function blockRatios({ results }: ReportModel, { row }: RatioCell): number[] {
  return pairedLogs(results.header, results.trials, row).map(Math.exp);
}

function rowOf(connections: number, { subject, cell }: RatioEntry, measure: string): DataRow {
  const base = { subject, connections, measure, label: 'ratio' };
  if (cell.kind === 'gap') return gapRow(base, cell);
  return { ...base, value: cell.ratio, interval: cell.interval, n: cell.n, note: cell.why };
}

interface PanelInput {
  readonly context: FigureContext;
  readonly plan: RatioPlan;
  readonly group: Group;
  readonly x: Scale;
  readonly reference: string;
}

async function drawPanel({ context, plan, group, x, reference }: PanelInput): Promise<Panel> {
  const { connections, entries } = group;
  const axisTitle = `← ${plan.below} · 1 = ${reference} · ${plan.above} →`;
  const spec = ratioSpec({ entries, x, axisTitle });
  const title = count(connections, 'connection', 'page');
  if (spec === null) return { title, wide: null, narrow: null };
  const svg = await renderSvg(spec, {
    id: `${context.prefix}-${plan.id}-${connections}`,
    label: `Dot plot: ${METRICS[plan.metric].label} relative to ${reference}, ${title}`,
    description: inWords(entries.map((entry) => rowOf(connections, entry, 'ratio'))),
  });
  return { title, wide: svg, narrow: svg };
}

/** Draws the figure, or gives null when the run has no reference or nothing to compare with it. */
export async function ratioFigure(
  model: ReportModel,
  context: FigureContext,
  plan: RatioPlan,
): Promise<MeasuredFigure | null> {
  if (model.reference === null || model.subjects.length < 2) return null;
  const reference = model.reference.id;
  const groups = groupsOf(model, context, plan.metric);
  const x = ratioAxis(groups.flatMap((group) => group.entries));
  const measure = `${METRICS[plan.metric].label}, ratio to ${reference}`;
  return {
    id: `${context.prefix}-${plan.id}`,
    kind: 'ratio',
    title: plan.title,
    unit: `ratio to ${reference}`,
    caption: captionOf(model, plan, reference),
    width: 'full',
    legend: 'never',
    legendItems: [],
    panels: await Promise.all(
      groups.map((group) => drawPanel({ context, plan, group, x, reference })),
    ),
    ...tableOfRows(
      groups.flatMap((g) => g.entries.map((entry) => rowOf(g.connections, entry, measure))),
    ),
  };
}

function captionOf(model: ReportModel, plan: RatioPlan, reference: string): [string, string] {
  const twin = model.subjects.find((s) => s.role === 'twin');
  const control =
    twin === undefined
      ? 'This run had no A/A twin, so it does not show how far apart two identical servers would land.'
      : `${twin.id} is ${reference} run a second time: its interval should cover 1, and its distance from 1 shows what this run cannot resolve.`;
  return [
    `${METRICS[plan.metric].label} of each server divided by that of ${reference} in the same block, so that what the machine did to a whole block cancels out.`,
    `Small dots: the blocks. Large dot: Hodges-Lehmann estimate of their ratio; line: its exact signed-rank interval of at least 95 %. An interval that covers 1 shows no difference. Log scale centred on 1: half and twice are equally far from it. ${control}`,
  ];
}
