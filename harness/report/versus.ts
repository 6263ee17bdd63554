/**
 * Two runs side by side: which parts of their set-ups are the same, what may therefore be compared,
 * and their figures. No new statistics: two runs were not measured in turns, so their difference
 * has no interval; the page only says where two intervals lie apart.
 */
import { type Judgement, judgeClaims } from '../claims/index.js';
import { type Interval, instant, list, whole } from '../findings/format.js';
import { partOf } from '../results/quality.js';
import type { Condition, Environment, MetricName, Results } from '../results/schema.js';
import { conditionText } from './headline.js';
import { buildModel, type Gap, type RatioCell, type ReportModel, type ValueCell } from './model.js';
import { cpuList } from './provenance.js';

export interface SetupRow {
  readonly what: string;
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
}

/** What may be said of the two. */
interface Comparability {
  /** As far as the runs recorded it. */
  readonly sameMachine: boolean;
  readonly sameLoad: boolean;
  readonly text: string;
}

export interface FigureRow {
  readonly condition: string;
  readonly subject: string;
  readonly metric: MetricName;
  readonly a: ValueCell | Gap;
  readonly b: ValueCell | Gap;
  /** null for the reference, and where the runs have different ones. */
  readonly ratioA: RatioCell | Gap | null;
  readonly ratioB: RatioCell | Gap | null;
  readonly apart: Apart;
}

/** Of the intervals that may be compared: ratios where there are some, else values. */
export type Apart = 'apart' | 'overlap' | 'unknown';

export interface ClaimRow {
  readonly a: Judgement;
  readonly b: Judgement;
}

export interface Versus {
  readonly a: ReportModel;
  readonly b: ReportModel;
  readonly setup: readonly SetupRow[];
  readonly comparability: Comparability;
  readonly figures: readonly FigureRow[];
  readonly claims: readonly ClaimRow[];
}

const METRICS: readonly MetricName[] = [
  'cpu_us_per_request',
  'voluntary_switches_per_request',
  'latency_us_p99',
];

/** Facts that make a machine what it is. */
const MACHINE = ['cpu_model', 'cpus', 'cpus_online', 'memory_bytes', 'hypervisor'];
/** Facts that may change on one machine, and matter. */
const SYSTEM = ['kernel', 'distribution', 'node', 'go', 'compiler'];

export function versusOf(resultsA: Results, resultsB: Results): Versus {
  const [a, b] = [buildModel(resultsA), buildModel(resultsB)];
  const setup = setupRows(resultsA, resultsB);
  const judged = judgeClaims(resultsB);
  return {
    a,
    b,
    setup,
    comparability: comparabilityOf(setup, resultsA, resultsB),
    figures: figureRows(a, b),
    claims: judgeClaims(resultsA).map((one, i) => ({ a: one, b: judged[i] as Judgement })),
  };
}

function setupRows(
  { header: a, quality: qa }: Results,
  { header: b, quality: qb }: Results,
): SetupRow[] {
  const row = (what: string, left: string, right: string) => {
    return { what, a: left, b: right, same: left === right };
  };
  const facts = [...MACHINE, ...SYSTEM]
    .filter((key) => key in a.environment || key in b.environment)
    .map((key) => row(key, factText(a.environment, key), factText(b.environment, key)));
  const of = <T>(what: string, read: (header: typeof a) => T, text: (value: T) => string) =>
    row(what, text(read(a)), text(read(b)));
  return [
    row('run', a.runId, b.runId),
    of('time', ({ startedAt }) => startedAt, instant),
    row('quality', qa.level, qb.level),
    ...facts,
    of('server on', ({ plan }) => plan.placement.serverCpus, cpuList),
    of('client on', ({ plan }) => plan.placement.clientCpus, cpuList),
    of('network', ({ plan }) => plan.net, String),
    of('client', ({ plan, client }) => `${plan.client} ${client.version}`, String),
    of('reference', ({ plan }) => plan.reference, String),
    of('measured time of a life, ms', ({ plan }) => plan.windowMs, whole),
    of('blocks', ({ plan }) => plan.blocks, whole),
    of('iomodels commit', ({ harness }) => harness.commit ?? 'unknown', String),
  ];
}

function factText(environment: Environment, key: string): string {
  const value = environment[key];
  return value === undefined || value === null ? 'unknown' : String(value);
}

const LOAD = ['server on', 'client on', 'network', 'client', 'window, ms'];

function comparabilityOf(setup: readonly SetupRow[], a: Results, b: Results): Comparability {
  const differing = setup.filter(({ same }) => !same).map(({ what }) => what);
  const otherFacts = MACHINE.filter((key) => differing.includes(key));
  const otherLoad = LOAD.filter((what) => differing.includes(what));
  const sameMachine = otherFacts.length === 0;
  const sameLoad = otherLoad.length === 0;
  const machine = sameMachine
    ? 'The same machine, as far as can be told from its CPU, memory and hypervisor.'
    : `Different machines (${otherFacts.join(', ')}).`;
  const load = sameLoad ? '' : ` Loaded differently (${otherLoad.join(', ')}).`;
  const invalid = [a, b].flatMap(({ header, quality }) => {
    const ids = header.plan.conditions.map(({ id }) => id);
    const mine = ids.filter((id) => partOf(quality, id).level === 'invalid');
    return mine.length === 0 ? [] : [` Invalid in ${header.runId}, not compared: ${list(mine)}.`];
  });
  const may = mayCompare(sameMachine, sameLoad);
  return { sameMachine, sameLoad, text: `${machine}${load} ${may}${invalid.join('')}` };
}

function mayCompare(sameMachine: boolean, sameLoad: boolean): string {
  if (sameMachine && sameLoad) {
    return 'Ratios to the reference may be compared: the reference ran in the same blocks. Absolute figures only with care: the two runs were not measured in turns, and a slow hour of the machine is in all figures of its run.';
  }
  const what = sameMachine ? 'this load' : 'its machine';
  return `Ratios and verdicts may be put side by side, each holds for ${what} alone; absolute figures may not be compared.`;
}

function figureRows(a: ReportModel, b: ReportModel): FigureRow[] {
  const theirs = new Map(b.results.header.plan.conditions.map((one) => [conditionText(one), one]));
  const subjects = a.subjects.filter(({ id }) => b.subjects.some((other) => other.id === id));
  return a.results.header.plan.conditions.flatMap((condition) => {
    const other = theirs.get(conditionText(condition));
    if (other === undefined) return [];
    return METRICS.flatMap((metric) =>
      subjects.map(({ id }) => figureRow({ a, b, condition, other, subject: id, metric })),
    );
  });
}

interface RowInput {
  readonly a: ReportModel;
  readonly b: ReportModel;
  readonly condition: Condition;
  readonly other: Condition;
  readonly subject: string;
  readonly metric: MetricName;
}

function figureRow({ a, b, condition, other, subject, metric }: RowInput): FigureRow {
  const placeA = { ...a.placeOf(condition), subject, metric };
  const placeB = { ...b.placeOf(other), subject, metric };
  const [reference, otherReference] = [a.reference?.id, b.reference?.id];
  const hasRatio = reference === otherReference && reference !== undefined && subject !== reference;
  const [ratioA, ratioB] = hasRatio ? [a.ratio(placeA), b.ratio(placeB)] : [null, null];
  const values = { a: a.value(placeA), b: b.value(placeB) };
  const isInvalid =
    partOf(a.results.quality, condition.id).level === 'invalid' ||
    partOf(b.results.quality, other.id).level === 'invalid';
  const apart =
    ratioA !== null && ratioB !== null ? apartOf(ratioA, ratioB) : apartOf(values.a, values.b);
  return {
    condition: conditionText(condition),
    subject,
    metric,
    ratioA,
    ratioB,
    ...values,
    apart: isInvalid ? 'unknown' : apart,
  };
}

type Cell = ValueCell | RatioCell | Gap;

function apartOf(a: Cell, b: Cell): Apart {
  const [left, right] = [intervalOf(a), intervalOf(b)];
  if (left === null || right === null) return 'unknown';
  return left.hi < right.lo || right.hi < left.lo ? 'apart' : 'overlap';
}

function intervalOf(cell: Cell): Interval | null {
  return cell.kind === 'gap' ? null : cell.interval;
}
