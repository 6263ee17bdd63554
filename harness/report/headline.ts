/**
 * The first table: one row per server, the five numbers that answer the question, each with its
 * interval and its ratio to the reference. Page, Markdown and CSV show the same rows.
 */

import { count, type Interval, whole } from '../findings/format.js';
import { partOf } from '../results/quality.js';
import { type Condition, type MetricName, workloadText } from '../results/schema.js';
import { type IdleMemory, idleMemory } from '../stats/idle-memory.js';
import { type GapLine, gapLines } from './gaps.js';
import { type ReportModel, rateOf, type SubjectView, subjectsAt, type Where } from './model.js';

export interface HeadlineColumn {
  readonly id: string;
  readonly head: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
}

export interface HeadlineCell {
  readonly value: number | null;
  readonly interval: Interval | null;
  readonly n: number;
  /** The true value may be higher. */
  readonly lowerBound: boolean;
  /** To the reference; null for the reference itself, and where nothing can be compared. */
  readonly ratio: number | null;
  readonly ratioInterval: Interval | null;
  /** The interval covers 1: no difference was seen. */
  readonly same: boolean;
  /** Smallest relative difference that could have been seen; null when unknown. */
  readonly mde: number | null;
  /** Why there is no value; null where there is one. */
  readonly why: string | null;
}

interface HeadlineRow {
  readonly subject: SubjectView;
  /** In the order of the columns. */
  readonly cells: readonly HeadlineCell[];
}

export interface Headline {
  readonly columns: readonly HeadlineColumn[];
  readonly rows: readonly HeadlineRow[];
  /** `512 keepalive connections, closed loop`; null when the plan has no condition. */
  readonly where: string | null;
  /** The same of the column of p99; null when there is no open load. */
  readonly p99Where: string | null;
  readonly gaps: readonly GapLine[];
}

export const NO_OPEN_LOAD =
  'no open load in this run, so no rate that all servers were offered; `npm run compare -- --sweep` has it';

const COLUMNS: readonly HeadlineColumn[] = [
  { id: 'cpu_us_per_request', head: 'CPU per request', unit: 'µs', better: 'lower' },
  { id: 'requests_per_cpu_s', head: 'Requests per CPU-second', unit: '', better: 'higher' },
  { id: 'latency_us_p99', head: 'p99 at a common rate', unit: 'µs', better: 'lower' },
  {
    id: 'voluntary_switches_per_request',
    head: 'Switches per request',
    unit: 'voluntary',
    better: 'lower',
  },
  { id: 'idle_bytes', head: 'Memory per idle connection', unit: 'bytes', better: 'lower' },
];

const NOTHING = {
  value: null,
  interval: null,
  n: 0,
  lowerBound: false,
  ratio: null,
  ratioInterval: null,
  same: false,
  mde: null,
} as const;

export function headlineOf(model: ReportModel): Headline {
  const { results, subjects } = model;
  const common = commonCondition(model);
  const main = mainCondition(model) ?? common;
  const memories = idleMemory(
    results.evidence,
    subjects.map(({ id }) => id),
    results.header.plan.reference,
  );
  const there = [main, common].flatMap((one) => (one === null ? [] : subjectsAt(model, one)));
  const rows = subjects
    .filter((one) => there.includes(one))
    .map((subject): HeadlineRow => {
      const memory = memories.find((one) => one.subject === subject.id);
      const cells = COLUMNS.map(({ id }) => {
        if (id === 'idle_bytes') return memoryCell(memory);
        const condition = id === 'latency_us_p99' ? common : main;
        if (condition === null) return { ...NOTHING, why: NO_OPEN_LOAD };
        return metricCell(model, model.placeOf(condition), subject, id as MetricName);
      });
      return { subject, cells };
    });
  return {
    columns: COLUMNS,
    rows,
    where: main === null ? null : conditionText(main),
    p99Where: common === null ? null : conditionText(common),
    gaps: gapsOf(rows, main?.connections ?? 0),
  };
}

/** Most connections of the first closed load with a value of CPU per request; valid before invalid. */
function mainCondition(model: ReportModel): Condition | null {
  const [scenario] = model.scenarios;
  if (scenario === undefined) return null;
  const measured = scenario.counts.filter((connections) =>
    model.subjects.some(({ id }) => {
      const place = {
        ...scenario,
        connections,
        subject: id,
        metric: 'cpu_us_per_request',
      } as const;
      return model.value(place).kind === 'value';
    }),
  );
  const at = (connections: number) => model.condition({ ...scenario, connections });
  const { quality } = model.results;
  const valid = measured.filter((connections) => {
    const condition = at(connections);
    return condition !== null && partOf(quality, condition.id).level !== 'invalid';
  });
  const connections = valid.at(-1) ?? measured.at(-1) ?? scenario.counts.at(-1);
  return connections === undefined ? null : at(connections);
}

/** The rate at which p99 is compared; null without an open load that all took part in. */
function commonCondition(model: ReportModel): Condition | null {
  for (const ladder of model.ladders) {
    const found = model.commonOf(ladder);
    if (found !== null) return found;
  }
  return null;
}

export function conditionText(condition: Condition): string {
  const { connections, load } = condition;
  const how =
    load.kind === 'open'
      ? `${whole(rateOf(condition))} requests/s offered`
      : `closed loop${load.pipeline === 1 ? '' : `, pipeline ${load.pipeline}`}`;
  return `${workloadText(condition)}, ${count(connections, 'connection', 'page')}, ${how}`;
}

function metricCell(
  model: ReportModel,
  where: Where,
  subject: SubjectView,
  metric: MetricName,
): HeadlineCell {
  const place = { ...where, subject: subject.id, metric };
  const cell = model.value(place);
  if (cell.kind === 'gap') return { ...NOTHING, why: cell.why };
  const value = {
    value: cell.median,
    interval: cell.interval,
    n: cell.n,
    lowerBound: cell.lowerBound,
    why: null,
  };
  const ratio = subject.role === 'reference' ? null : model.ratio(place);
  if (ratio === null || ratio.kind === 'gap') return { ...NOTHING, ...value };
  return {
    ...value,
    ratio: ratio.ratio,
    ratioInterval: ratio.interval,
    mde: ratio.mde,
    same: covers(ratio.interval),
  };
}

function covers(interval: Interval | null): boolean {
  return interval !== null && interval.lo <= 1 && interval.hi >= 1;
}

function memoryCell(memory: IdleMemory | undefined): HeadlineCell {
  if (memory === undefined || memory.total === null) {
    return { ...NOTHING, why: memory?.why ?? 'its memory was not measured' };
  }
  const { total, ratio, n } = memory;
  return {
    ...NOTHING,
    value: total.value,
    interval: total,
    n,
    ratio: ratio?.value ?? null,
    ratioInterval: ratio,
    same: covers(ratio),
    why: null,
  };
}

/** Why cells are empty, each reason once. */
function gapsOf(rows: readonly HeadlineRow[], connections: number): GapLine[] {
  const items = rows.flatMap(({ subject, cells }) =>
    cells.flatMap(({ why }, i) =>
      why === null ? [] : [{ what: COLUMNS[i]?.head ?? '', subject: subject.id, connections, why }],
    ),
  );
  const all = {
    whats: COLUMNS.map(({ head }) => head),
    subjects: rows.map(({ subject }) => subject.id),
  };
  // Every line would end with the same place.
  return gapLines(items, all).map(({ where, why }) => ({
    where: where.replace(/ at [\d,]+ connections?$/, ''),
    why,
  }));
}
