/** Latency by percentile: the whole distribution, on an axis that has room for its tail. */
import { tableOf as trialsOf } from '../../claims/shared/samples.js';
import { count, interval as intervalText, list, number, whole } from '../../findings/format.js';
import type { Condition } from '../../results/schema.js';
import {
  type LatencyKind,
  type PercentilePoint,
  percentileCurve,
} from '../../stats/percentile-curve.js';
import { gapLines } from '../gaps.js';
import {
  type Ladder,
  type ReportModel,
  rateOf,
  type Scenario,
  type SubjectView,
  subjectsAt,
} from '../model.js';
import { type Curve, curveSpec } from './curve.js';
import {
  columnsOf,
  contextOf,
  drawOnce,
  type Figure,
  ladderPrefix,
  type Panel,
  subjectLegend,
} from './figure.js';
import { logScale, type Scale, scaleFor } from './scale.js';

const LABELS: Readonly<Record<number, string>> = {
  2: '50 %',
  10: '90 %',
  100: '99 %',
  1000: '99.9 %',
  10000: '99.99 %',
  100000: '99.999 %',
};
const SHOWN = Object.keys(LABELS).map(Number);
const LABEL_EXPR = SHOWN.reduceRight(
  (rest, tail) => `datum.value == ${tail} ? '${LABELS[tail]}' : ${rest}`,
  "''",
);

interface Part {
  readonly title: string;
  readonly slug: string;
  readonly condition: Condition;
  readonly kind: LatencyKind;
}

interface Entry {
  readonly part: Part;
  readonly subject: SubjectView;
  readonly points: readonly PercentilePoint[];
  readonly why: string | null;
}

function entryOf(model: ReportModel, part: Part, subject: SubjectView): Entry {
  const table = trialsOf(model.results, part.condition);
  const trials = table.okTrials(subject.id);
  const none = { part, subject, points: [] };
  if (trials.length === 0) return { ...none, why: 'no trial is ok' };
  return { part, subject, ...percentileCurve(trials, part.kind) };
}

/** `99.9 %` */
const percentOf = (tail: number): string => `${Number((100 * (1 - 1 / tail)).toFixed(4))} %`;

function curveOf({ subject, points }: Entry): Curve {
  return {
    name: subject.id,
    identity: subject.identity,
    points: points.flatMap(({ tail, us: { estimate, lo, hi, n } }) => {
      if (estimate === null) return [];
      const bounds = lo === null || hi === null ? {} : { lo, hi };
      const range = lo === null || hi === null ? 'no interval' : `${intervalText({ lo, hi })} µs`;
      const text = `${percentOf(tail)} of replies within ${number(estimate, 'page')} µs (${range})`;
      return [{ x: tail, y: estimate, ...bounds, tip: [text, `n = ${count(n, 'trial', 'page')}`] }];
    }),
  };
}

function axesOf(entries: readonly Entry[]): { x: Scale; y: Scale } {
  const points = entries.flatMap((entry) => entry.points);
  const farthest = Math.max(10, ...points.map(({ tail }) => tail));
  const values = points.flatMap(({ us: { estimate, lo, hi } }) => [estimate, lo, hi]);
  return {
    x: logScale(
      1,
      farthest,
      SHOWN.filter((tail) => tail <= farthest),
    ),
    y: scaleFor(
      values.flatMap((value) => value ?? []),
      'log',
    ),
  };
}

function drawPanel(prefix: string, part: Part, all: readonly Entry[]): Promise<Panel> {
  const entries = all.filter((entry) => entry.part === part);
  const { x, y } = axesOf(all);
  const spec = curveSpec(
    {
      curves: entries.map(curveOf),
      x: { title: 'percentile of replies', scale: x, labelExpr: LABEL_EXPR },
      y: { title: null, scale: y },
      style: 'band',
    },
    'compact',
  );
  return drawOnce(part.title, spec, {
    id: `${prefix}-percentiles-${part.slug}`,
    label: `Line chart: latency by percentile, µs, ${part.title}`,
    description: entries.map(inWords).join(' '),
  });
}

function inWords({ subject, points }: Entry): string {
  const shown = points.filter(({ tail }) => SHOWN.includes(tail));
  const texts = shown.map(
    ({ tail, us }) => `${number(us.estimate ?? 0, 'page')} at ${percentOf(tail)}`,
  );
  return `${subject.id}: ${texts.length === 0 ? 'no value' : list(texts)}.`;
}

function tableOf(entries: readonly Entry[]): Figure['table'] {
  const numbers = ['Percentile', 'Latency, µs', '95 % interval', 'n'];
  const columns = columnsOf(['Server', 'Where'], numbers);
  const rows = entries.flatMap(({ subject, part, points }) =>
    points
      .filter(({ tail }) => SHOWN.includes(tail))
      .map(({ tail, us: { estimate, lo, hi, n } }) => [
        ...[subject.id, part.title, percentOf(tail), number(estimate ?? Number.NaN, 'page')],
        ...[intervalText({ lo, hi }, 'none'), String(n)],
      ]),
  );
  return { columns, rows };
}

interface Frame {
  readonly prefix: string;
  readonly unit: string;
  readonly shows: string;
}

async function figureOf(model: ReportModel, parts: readonly Part[], frame: Frame): Promise<Figure> {
  const entries = parts.flatMap((part) =>
    subjectsAt(model, part.condition).map((subject) => entryOf(model, part, subject)),
  );
  const gaps = entries.flatMap(({ subject, part, why }) =>
    why === null
      ? []
      : [{ what: part.title, subject: subject.id, connections: part.condition.connections, why }],
  );
  return {
    id: `${frame.prefix}-percentiles`,
    kind: 'percentiles',
    title: 'Latency by percentile',
    unit: frame.unit,
    caption: [
      frame.shows,
      'Each trial is read at each percentile by itself; line: the median over trials, band: its 95 % order-statistic interval. The axis gives each further nine the same room. A curve ends where a trial has fewer than 10 replies beyond. Log scale.',
    ],
    width: 'full',
    legend: 'always',
    legendItems: subjectLegend(model.subjects, null),
    panels: await Promise.all(parts.map((part) => drawPanel(frame.prefix, part, entries))),
    table: tableOf(entries),
    gaps: gapLines(gaps, {
      whats: [...new Set(parts.map(({ title }) => title))],
      subjects: model.subjects.map(({ id }) => id),
    }),
  };
}

/** Of a closed load: a panel per number of connections. */
export function closedPercentiles(model: ReportModel, scenario: Scenario): Promise<Figure> {
  const parts = scenario.counts.flatMap((connections): Part[] => {
    const condition = model.condition({ ...scenario, connections });
    if (condition === null) return [];
    const title = count(connections, 'connection', 'page');
    return [{ title, slug: String(connections), condition, kind: 'service' }];
  });
  return figureOf(model, parts, {
    prefix: contextOf(scenario).prefix,
    unit: 'µs',
    shows:
      'How long replies took, from sending the request. In a closed loop this is mostly connections divided by throughput.',
  });
}

/** Of an open load, at the rate common to all that is nearest to the middle; null without one. */
export async function openPercentiles(model: ReportModel, ladder: Ladder): Promise<Figure | null> {
  const condition = model.commonOf(ladder);
  if (condition === null) return null;
  const rate = `${whole(rateOf(condition))} requests/s`;
  const parts: readonly Part[] = [
    { title: 'From the instant it was due', slug: 'response', condition, kind: 'response' },
    { title: 'From the instant it was sent', slug: 'service', condition, kind: 'service' },
  ];
  return figureOf(model, parts, {
    prefix: ladderPrefix(ladder),
    unit: `µs, at ${rate}`,
    shows: `How long replies took when ${rate} were due, whatever the server did. Where the two differ, requests waited for a free connection.`,
  });
}
