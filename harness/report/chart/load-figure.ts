/** Latency against offered load: one figure per ladder of rates, a panel per percentile. */

import { interval as intervalText, list, number, whole } from '../../findings/format.js';
import { METRICS } from '../../results/metrics.js';
import type { Condition, MetricName } from '../../results/schema.js';
import { DOUBT_WORDS, type Doubt, type SubjectSweep, sweepOf } from '../../stats/sweep.js';
import { gapLines } from '../gaps.js';
import {
  type Gap,
  isPlanned,
  type Ladder,
  type ReportModel,
  rateOf,
  type SubjectView,
  type ValueCell,
} from '../model.js';
import { type Curve, type CurveInput, curveSpec, type StripMark } from './curve.js';
import {
  columnsOf,
  drawOnce,
  extentOf,
  type Figure,
  inWords,
  ladderPrefix,
  type Panel,
  subjectLegend,
  valueTip,
} from './figure.js';
import { scaleFor } from './scale.js';

const PANELS = ['latency_us_p50', 'latency_us_p99', 'latency_us_p999'] as const;

interface Entry {
  readonly subject: SubjectView;
  readonly condition: Condition;
  readonly metric: MetricName;
  readonly cell: ValueCell | Gap;
  readonly doubts: readonly Doubt[];
}

function entriesOf(
  model: ReportModel,
  ladder: Ladder,
  sweeps: readonly SubjectSweep[],
  metric: MetricName,
): Entry[] {
  return model.subjects.flatMap((subject) =>
    ladder.conditions
      .filter((condition) => isPlanned(model.results, condition, subject.id))
      .map((condition) => {
        const point = sweeps
          .find((one) => one.subject === subject.id)
          ?.points.find((one) => one.condition === condition.id);
        const cell = model.value({ ...model.placeOf(condition), subject: subject.id, metric });
        return { subject, condition, metric, cell, doubts: doubtsOf(point?.doubts ?? {}) };
      }),
  );
}

const doubtsOf = (doubts: Partial<Record<Doubt, number>>) => Object.keys(doubts) as Doubt[];

function curvesOf(subjects: readonly SubjectView[], entries: readonly Entry[]): Curve[] {
  return subjects.map((subject) => ({
    name: subject.id,
    identity: subject.identity,
    points: entries.flatMap(({ subject: own, condition, metric, cell, doubts }) =>
      own.id !== subject.id || cell.kind === 'gap'
        ? []
        : [
            {
              x: rateOf(condition),
              y: cell.median,
              hollow: doubts.length > 0,
              ...(cell.interval ?? {}),
              tip: [
                `${METRICS[metric].label} at ${whole(rateOf(condition))} requests/s`,
                valueTip(cell, ' µs'),
                list(doubts.map((doubt) => DOUBT_WORDS[doubt])),
              ],
            },
          ],
    ),
  }));
}

function kneeOf(sweep: SubjectSweep | undefined): StripMark | null {
  if (sweep === undefined || sweep.knee.estimate === null) return null;
  const { estimate, lo, hi, n, bound } = sweep.knee;
  const range = intervalText({ lo, hi });
  return {
    x: estimate,
    ...(lo === null || hi === null ? {} : { lo, hi }),
    hollow: bound === 'lower',
    tip: [
      `knee ${bound === 'lower' ? '≥ ' : ''}${number(estimate, 'page')} requests/s (${range}), n = ${n}`,
    ],
  };
}

interface Drawing {
  readonly model: ReportModel;
  readonly ladder: Ladder;
  readonly sweeps: readonly SubjectSweep[];
  readonly prefix: string;
}

async function drawPanel(
  drawing: Drawing,
  metric: MetricName,
  all: readonly Entry[],
): Promise<Panel> {
  const { model, ladder, sweeps, prefix } = drawing;
  const entries = all.filter((entry) => entry.metric === metric);
  const slos = metric === 'latency_us_p99' ? (model.results.header.pilot?.slosMs ?? []) : [];
  const limits = slos.map((ms) => ({ y: 1000 * ms, text: `p99 ≤ ${ms} ms` }));
  const values = extentOf(all.map(({ cell }) => cell));
  const knees = model.subjects.map(({ id }) => kneeOf(sweeps.find((one) => one.subject === id)));
  const input: CurveInput = {
    curves: curvesOf(model.subjects, entries),
    x: { title: 'offered requests/s', scale: scaleFor(ladder.conditions.map(rateOf), 'linear') },
    y: { title: null, scale: scaleFor([...values, ...limits.map(({ y }) => y)], 'log') },
    style: 'points',
    limits,
    ...(metric === 'latency_us_p99' && knees.some((knee) => knee !== null)
      ? { strip: { title: 'knee, with its 95 % interval', marks: knees } }
      : {}),
  };
  const title = METRICS[metric].label;
  const points = entries.map(({ subject, condition, cell }) => ({
    subject,
    value: cell.kind === 'gap' ? null : cell.median,
    at: rateOf(condition),
  }));
  return drawOnce(title, curveSpec(input, 'compact'), {
    id: `${prefix}-${metric}`,
    label: `Line chart: ${title}, µs, against offered requests/s`,
    description: inWords(points),
  });
}

function tableOf(entries: readonly Entry[]): Figure['table'] {
  const numbers = ['Offered, requests/s', 'Value, µs', '95 % interval', 'n'];
  const columns = columnsOf(['Server', 'Measure'], numbers, ['Note']);
  const rows = entries.map(({ subject, condition, metric, cell, doubts }) => {
    const head = [subject.id, METRICS[metric].label, whole(rateOf(condition))];
    if (cell.kind === 'gap') return [...head, 'no value', 'none', '–', cell.why];
    const notes = [...(cell.why === null ? [] : [cell.why]), ...doubts.map((d) => DOUBT_WORDS[d])];
    const values = [number(cell.median, 'page'), intervalText(cell.interval, 'none')];
    return [...head, ...values, String(cell.n), [...new Set(notes)].join('; ')];
  });
  return { columns, rows };
}

/** Each reason once for each subject: a ladder has many rates. */
function gapsOf(entries: readonly Entry[]): Figure['gaps'] {
  const items = entries.flatMap(({ subject, condition, metric, cell }) =>
    cell.kind === 'gap'
      ? [
          {
            what: METRICS[metric].label,
            subject: subject.id,
            connections: condition.connections,
            why: cell.why,
          },
        ]
      : [],
  );
  return gapLines(items, {
    whats: PANELS.map((metric) => METRICS[metric].label),
    subjects: [...new Set(entries.map(({ subject }) => subject.id))],
  });
}

export async function loadFigure(model: ReportModel, ladder: Ladder): Promise<Figure> {
  const { header, trials } = model.results;
  const sweeps = sweepOf(header, trials)?.subjects ?? [];
  const prefix = ladderPrefix(ladder);
  const entries = PANELS.flatMap((metric) => entriesOf(model, ladder, sweeps, metric));
  const panels = await Promise.all(
    PANELS.map((metric) => drawPanel({ model, ladder, sweeps, prefix }, metric, entries)),
  );
  const doubted = entries.some(({ doubts }) => doubts.length > 0);
  return {
    id: `${prefix}-load`,
    kind: 'load',
    title: 'Latency under load',
    unit: `µs, ${whole(ladder.connections)} connections`,
    caption: [
      'Time from the instant a request was due to the last byte of its reply, against the rate at which requests were due, whatever the server did.',
      'Log scale. The knee is where p99 has doubled from its floor; dashed lines are the limits that were fixed before the run.',
    ],
    width: 'full',
    legend: 'always',
    legendItems: subjectLegend(model.subjects, doubted ? 'the generator may have made it' : null),
    panels,
    table: tableOf(entries),
    gaps: gapsOf(entries),
  };
}
