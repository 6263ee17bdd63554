/** The figure of paired ratios to the reference, one panel per number of connections. */
import { count, ratioInterval, ratio as ratioText, seenFrom } from '../../findings/format.js';
import { METRICS } from '../../results/metrics.js';
import type { MetricName } from '../../results/schema.js';
import { pairedLogs } from '../../stats/ratio-rows.js';
import type { Gap, RatioCell, ReportModel, SubjectView } from '../model.js';
import { type DotRow, dotsSpec } from './dots.js';
import {
  type DataRow,
  drawOnce,
  type FigureContext,
  gapRow,
  inWords,
  type MeasuredFigure,
  type Panel,
  tableOfRows,
} from './figure.js';
import { ratioScale, type Scale } from './scale.js';
import type { ChartSpec } from './svg.js';

interface RatioEntry {
  readonly subject: SubjectView;
  readonly cell: RatioCell | Gap;
  /** The ratio of each block. */
  readonly blocks: readonly number[];
}

interface RatioInput {
  readonly entries: readonly RatioEntry[];
  readonly x: Scale;
  readonly axisTitle: string;
}

/** The common axis of several panels. */
function ratioAxis(entries: readonly RatioEntry[]): Scale {
  return ratioScale(
    entries.flatMap(({ cell, blocks }) =>
      cell.kind === 'gap'
        ? []
        : [
            cell.ratio,
            ...blocks,
            ...(cell.interval === null ? [] : [cell.interval.lo, cell.interval.hi]),
          ],
    ),
  );
}

/** `1.32 [1.28 – 1.37]`. */
function reading(cell: RatioCell | Gap): string {
  if (cell.kind === 'gap') return 'no ratio';
  const value = ratioText(cell.ratio, 'page');
  return cell.interval === null
    ? `${value}, no interval`
    : `${value} [${ratioInterval(cell.interval, 'page')}]`;
}

function dotRowOf({ subject, cell, blocks }: RatioEntry): DotRow {
  const drawn = cell.kind === 'ratio';
  const pairs = drawn ? `n = ${count(cell.n, 'pair', 'page')}` : '';
  return {
    name: subject.role === 'twin' ? `${subject.id} (A/A)` : subject.id,
    reading: reading(cell),
    identity: subject.identity,
    value: drawn ? cell.ratio : null,
    interval: drawn ? cell.interval : null,
    single: drawn ? blocks : [],
    tip: [reading(cell), pairs, drawn ? detectableText(cell) : ''],
  };
}

/** `smallest difference it could have seen: 3.1 %`; empty when the interval excludes 1. */
function detectableText({ interval, mde }: RatioCell): string {
  const covers = interval !== null && interval.lo <= 1 && interval.hi >= 1;
  if (!covers || mde === null) return '';
  return `smallest difference it could have seen: ${seenFrom(mde)}`;
}

/** The specification of one panel; null when no subject has a ratio. */
function ratioSpec({ entries, x, axisTitle }: RatioInput): ChartSpec | null {
  return dotsSpec({
    rows: entries.map(dotRowOf),
    x: { title: axisTitle, scale: x, labelExpr: "format(datum.value, '~r')" },
    lines: [{ x: 1, strong: true }],
  });
}

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

function drawPanel({ context, plan, group, x, reference }: PanelInput): Promise<Panel> {
  const { connections, entries } = group;
  const axisTitle = `← ${plan.below} · 1 = ${reference} · ${plan.above} →`;
  const spec = ratioSpec({ entries, x, axisTitle });
  const title = count(connections, 'connection', 'page');
  return drawOnce(title, spec, {
    id: `${context.prefix}-${plan.id}-${connections}`,
    label: `Dot plot: ${METRICS[plan.metric].label} relative to ${reference}, ${title}`,
    description: inWords(
      entries.map(({ subject, cell }) => ({
        subject,
        value: cell.kind === 'gap' ? null : cell.ratio,
        at: connections,
      })),
    ),
  });
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
