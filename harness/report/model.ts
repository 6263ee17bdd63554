/**
 * A run as the page needs it: subjects with their identities, and one lookup per cell that gives
 * either a value or the reason why there is none. No statistics are computed here: every number is
 * a row of `results.summary`.
 */

import type { Interval } from '../findings/format.js';
import { loadText, placeOf, takersOf } from '../results/place.js';
import {
  type Condition,
  type MetricName,
  placeKey,
  type RatioRow,
  type Results,
  type Subject,
  type SummaryRow,
  type Trial,
  type ValueRow,
  type Workload,
} from '../results/schema.js';
import { type Identity, identities } from './identity.js';

export interface SubjectView extends Subject {
  readonly identity: Identity;
  readonly role: 'reference' | 'twin' | 'contender';
}

/** No number, and why. */
export interface Gap {
  readonly kind: 'gap';
  readonly why: string;
}

export interface ValueCell {
  readonly kind: 'value';
  readonly median: number;
  /** null: too few trials; `why` says so. */
  readonly interval: Interval | null;
  readonly n: number;
  /** The true value may be higher: the client's CPU was the limit. */
  readonly lowerBound: boolean;
  readonly source: string;
  readonly why: string | null;
}

export interface RatioCell {
  readonly kind: 'ratio';
  readonly ratio: number;
  readonly interval: Interval | null;
  readonly confidence: number | null;
  readonly n: number;
  /** Smallest relative difference that these pairs could have shown; null when unknown. */
  readonly mde: number | null;
  /** The row it was made from. */
  readonly row: RatioRow;
  readonly why: string | null;
}

/** The closed loads that differ only in the number of connections. */
export interface Scenario extends Workload {
  /** As in the summary rows: `closed`, `closed, pipeline 8`. */
  readonly load: string;
  /** Rising, each once. */
  readonly counts: readonly number[];
}

/** The open loads that differ only in their rate. */
export interface Ladder extends Workload {
  readonly connections: number;
  /** Rising rates. */
  readonly conditions: readonly Condition[];
}

/** A condition, as the summary rows name it. */
export interface Where extends Workload {
  readonly load: string;
  readonly connections: number;
}

export interface Place extends Where {
  readonly subject: string;
  readonly metric: MetricName;
}

export interface ReportModel {
  readonly results: Results;
  readonly subjects: readonly SubjectView[];
  /** null when the reference did not take part; then there are no ratios. */
  readonly reference: SubjectView | null;
  readonly scenarios: readonly Scenario[];
  readonly ladders: readonly Ladder[];
  /** The condition of a place; null when the plan has none. */
  condition(place: Where): Condition | null;
  placeOf(condition: Condition): Where;
  /** Whether the plan has the subject there: one that is not is no gap. */
  takesPart(subject: string, where: Where): boolean;
  /**
   * The rate of a ladder at which servers are compared: of those that all took part in the one
   * nearest to half the capacity of the slowest; where that is unknown, the middle one.
   */
  commonOf(ladder: Ladder): Condition | null;
  value(place: Place): ValueCell | Gap;
  ratio(place: Place): RatioCell | Gap;
}

function keyOf(kind: SummaryRow['kind'], place: Place): string {
  return JSON.stringify([kind, place.subject, place.metric, placeKey(place)]);
}

const between = (lo: number | null, hi: number | null): Interval | null =>
  lo === null || hi === null ? null : { lo, hi };

const tooFew = (n: number, noun: string): string =>
  `n = ${n} ${noun}${n === 1 ? '' : 's'}: too few for a 95 % interval`;

function valueCell(row: ValueRow, median: number): ValueCell {
  const interval = between(row.lo, row.hi);
  return {
    kind: 'value',
    median,
    interval,
    n: row.n,
    lowerBound: row.bound === 'lower',
    source: row.source,
    why: row.why ?? (interval === null ? tooFew(row.n, 'trial') : null),
  };
}

function ratioCell(row: RatioRow, ratio: number): RatioCell {
  const interval = between(row.lo, row.hi);
  return {
    kind: 'ratio',
    ratio,
    interval,
    confidence: row.confidence,
    n: row.n,
    mde: row.mde,
    row,
    why: row.why ?? (interval === null ? tooFew(row.n, 'pair') : null),
  };
}

/** Why a subject has no row at all in a condition, from the trials. */
function whyMissing(trials: readonly Trial[], conditions: readonly Condition[], place: Place) {
  const here = placeKey(place);
  const ids = new Set(conditions.filter((c) => placeKey(placeOf(c)) === here).map((c) => c.id));
  const own = trials.filter((t) => t.subject === place.subject && ids.has(t.condition));
  const spoilt = own.find((t) => t.status !== 'ok');
  if (own.length === 0) return 'no trial was run';
  if (own.some((t) => t.status === 'ok')) return 'the results file has no such row';
  return `no trial succeeded: ${spoilt?.reason ?? 'no reason was recorded'}`;
}

/** Equal where only the connections differ. */
const scenarioKey = (c: Condition): string => placeKey({ ...placeOf(c), connections: 0 });

function workloadOf({ workload, parameters }: Condition): Workload {
  return parameters === undefined ? { workload } : { workload, parameters };
}

function scenariosOf(all: readonly Condition[]): Scenario[] {
  const conditions = all.filter(({ load }) => load.kind === 'closed');
  const first = new Map(conditions.map((c) => [scenarioKey(c), c]));
  return [...first].map(([key, condition]) => ({
    ...workloadOf(condition),
    load: loadText(condition),
    counts: [
      ...new Set(conditions.filter((c) => scenarioKey(c) === key).map((c) => c.connections)),
    ].sort((a, b) => a - b),
  }));
}

export function rateOf({ load }: Condition): number {
  return load.kind === 'open' ? load.ratePerS : 0;
}

/** The subjects that the plan has in a condition, in the order of the header. */
export function subjectsAt(model: ReportModel, condition: Condition): SubjectView[] {
  return model.subjects.filter(({ id }) => isPlanned(model.results, condition, id));
}

function laddersOf(all: readonly Condition[]): Ladder[] {
  const open = all.filter(({ load }) => load.kind === 'open');
  const key = ({ load, ...condition }: Condition) =>
    placeKey({ ...condition, load: load.kind === 'open' ? load.arrivals : '' });
  const first = new Map(open.map((condition) => [key(condition), condition]));
  return [...first].map(([name, condition]) => ({
    ...workloadOf(condition),
    connections: condition.connections,
    conditions: open.filter((one) => key(one) === name).sort((a, b) => rateOf(a) - rateOf(b)),
  }));
}

/** Whether a subject takes part in a condition. */
export function isPlanned({ header }: Results, condition: Condition, subject: string): boolean {
  return takersOf(header.plan, condition).includes(subject);
}

function commonOf(results: Results, { conditions }: Ladder): Condition | null {
  const { subjects, pilot } = results.header;
  const takePart = subjects.filter(({ id }) =>
    conditions.some((condition) => isPlanned(results, condition, id)),
  );
  const common = conditions.filter((condition) =>
    takePart.every(({ id }) => isPlanned(results, condition, id)),
  );
  const known = (pilot?.capacities ?? []).flatMap(({ perS }) => perS ?? []);
  if (known.length === 0) return common[Math.floor((common.length - 1) / 2)] ?? null;
  const wish = Math.min(...known) / 2;
  const distance = (condition: Condition) => Math.abs(rateOf(condition) - wish);
  return [...common].sort((a, b) => distance(a) - distance(b))[0] ?? null;
}

function subjectViews(results: Results): SubjectView[] {
  const { subjects, plan } = results.header;
  const looks = identities(subjects, plan.reference);
  return subjects.map((subject) => ({
    ...subject,
    identity: looks.get(subject.id) as Identity,
    role:
      subject.id === plan.reference
        ? 'reference'
        : subject.aaOf === plan.reference
          ? 'twin'
          : 'contender',
  }));
}

export function buildModel(results: Results): ReportModel {
  const { plan } = results.header;
  const rows = new Map(results.summary.map((row) => [keyOf(row.kind, row), row]));
  const subjects = subjectViews(results);
  const reference = subjects.find((s) => s.role === 'reference') ?? null;
  const places = new Map(plan.conditions.map((one) => [placeKey(placeOf(one)), one]));
  const condition = (where: Where) => places.get(placeKey(where)) ?? null;
  const missing = (place: Place): Gap => ({
    kind: 'gap',
    why: whyMissing(results.trials, plan.conditions, place),
  });
  return {
    results,
    subjects,
    reference,
    scenarios: scenariosOf(plan.conditions),
    ladders: laddersOf(plan.conditions),
    commonOf: (ladder) => commonOf(results, ladder),
    condition,
    placeOf,
    takesPart: (subject, where) => {
      const found = condition(where);
      return found !== null && isPlanned(results, found, subject);
    },
    value(place) {
      const row = rows.get(keyOf('value', place));
      if (row?.kind !== 'value') return missing(place);
      if (row.median === null) return { kind: 'gap', why: row.why ?? missing(place).why };
      return valueCell(row, row.median);
    },
    ratio(place) {
      if (reference === null) return { kind: 'gap', why: `${plan.reference} did not take part` };
      const row = rows.get(keyOf('ratio', place));
      if (row?.kind !== 'ratio') return missing(place);
      if (row.ratio === null) return { kind: 'gap', why: row.why ?? missing(place).why };
      return ratioCell(row, row.ratio);
    },
  };
}
