/**
 * An open-loop sweep: for each subject its latency against the offered rate, the knee, and the
 * highest rate at which it kept each limit of p99. Pure: from header and trials alone, so that
 * anybody can compute it again. Every figure comes from trials of the plan; only the capacities
 * come from the pilot, and are shown as such.
 *
 * Blocks with a void trial are left out, and a repeated block takes the place of the first one. A
 * figure that some ok trials lack has no median (summary.ts).
 */
import { takersOf } from '../results/place.js';
import type { Condition, RunHeader, Trial } from '../results/schema.js';
import { type Cell, ConditionTable, partly } from './condition-table.js';
import type { Interval } from './interval.js';
import { clientShare, OPEN_CLIENT_BUSY } from './limit.js';
import { medianInterval } from './order-statistics.js';
import { achievedShare, levelOf, responseP99Us } from './service-level.js';

/** Share of the window that a spinning thread must have run for. */
const SPINNING_SHARE_MIN = 0.9;

/**
 * Why a latency may be the generator's. late: it sent later than it should. descheduled: it did not
 * have its CPU all the time. busy: it had something to do most of the time. censored: requests
 * without a reply could move p99.
 */
export type Doubt = 'late' | 'descheduled' | 'busy' | 'censored';
export const DOUBT_WORDS: Readonly<Record<Doubt, string>> = {
  late: 'the generator sent late',
  descheduled: 'the generator lost its CPU',
  busy: 'the generator was busy',
  censored: 'p99 is at least this: requests without a reply could move it',
};

export interface SweepPoint {
  readonly condition: string;
  readonly ratePerS: number;
  /** Of the subject's own capacity; null when that is unknown. */
  readonly share: number | null;
  /** Of the response time, us: medians over blocks with 95 % intervals. */
  readonly p50: Interval;
  readonly p99: Interval;
  readonly p999: Interval;
  /** Medians over blocks: replies / requests due; p99 of how late the generator sent, us. */
  readonly achieved: number | null;
  readonly latenessP99Us: number | null;
  readonly busyShare: number | null;
  /** Trials that are ok, and failed ones. */
  readonly n: number;
  readonly failed: number;
  /** Trials that carry a doubt, by its kind; kinds that did not occur are left out. */
  readonly doubts: Readonly<Partial<Record<Doubt, number>>>;
}

export interface SloRate {
  readonly sloMs: number;
  /** The highest rate that most blocks kept, and every lower one too; null: no rate. */
  readonly ratePerS: number | null;
  /** Blocks that kept the limit at that rate (at the lowest rate when there is none). */
  readonly held: number;
  readonly of: number;
  /** The next higher rate, which most blocks did not keep; null: none was offered. */
  readonly failedPerS: number | null;
}

export interface SubjectSweep {
  readonly subject: string;
  /** From the pilot: replies/s under the closed load. `lower`: the client was the limit. */
  readonly capacityPerS: number | null;
  readonly capacityBound: 'lower' | null;
  /** Ascending rates. */
  readonly points: readonly SweepPoint[];
  /** Median over blocks, requests/s; `lower`: in some block p99 never doubled. */
  readonly knee: Interval & { readonly bound: 'lower' | null };
  readonly slos: readonly SloRate[];
}

export interface Sweep {
  /** Rates at which every subject was measured, ascending. */
  readonly commonRates: readonly number[];
  /** The smallest known capacity of all subjects. */
  readonly slowestPerS: number | null;
  /** In the order of the header. */
  readonly subjects: readonly SubjectSweep[];
}

/** null for a run that is no sweep. */
export function sweepOf(header: RunHeader, trials: readonly Trial[]): Sweep | null {
  const { pilot, plan, subjects } = header;
  if (pilot === null) return null;
  const ladder = plan.conditions
    .filter(({ load }) => load.kind === 'open')
    .sort((a, b) => rateOf(a) - rateOf(b))
    .map((condition) => new ConditionTable(header, condition, trials));
  const known = pilot.capacities.flatMap(({ perS }) => perS ?? []);
  return {
    commonRates: commonConditions(header).map(rateOf),
    slowestPerS: known.length === 0 ? null : Math.min(...known),
    subjects: subjects.flatMap(({ id }) => {
      const mine = ladder.filter((table) => takersOf(header.plan, table.condition).includes(id));
      return mine.length === 0 ? [] : [subjectSweep(header, mine, id)];
    }),
  };
}

/** Conditions of a sweep that every subject takes part in, ascending rates. */
export function commonConditions(header: RunHeader): Condition[] {
  const { plan, subjects } = header;
  return plan.conditions
    .filter((condition) =>
      subjects.every(({ id, args }) => args.length > 0 || takersOf(plan, condition).includes(id)),
    )
    .filter(({ load }) => load.kind === 'open')
    .sort((a, b) => rateOf(a) - rateOf(b));
}

function rateOf({ id, load }: Condition): number {
  if (load.kind === 'open') return load.ratePerS;
  throw new Error(`${id} offers no rate`);
}

function subjectSweep(
  header: RunHeader,
  ladder: readonly ConditionTable[],
  subject: string,
): SubjectSweep {
  const aaOf = header.subjects.find(({ id }) => id === subject)?.aaOf;
  const capacity = header.pilot?.capacities.find((one) => one.subject === (aaOf ?? subject));
  const capacityPerS = capacity?.perS ?? null;
  return {
    subject,
    capacityPerS,
    capacityBound: capacity?.bound ?? null,
    points: ladder.map((table) => pointOf(table, subject, capacityPerS)),
    knee: kneeOver(blockCurves(ladder, subject)),
    slos: (header.pilot?.slosMs ?? []).map((sloMs) => sloRate(ladder, subject, sloMs)),
  };
}

function pointOf(table: ConditionTable, subject: string, capacityPerS: number | null): SweepPoint {
  const all = table.blocks.flatMap((block) => table.cell(subject, block) ?? []);
  const ok = all.filter(({ trial }) => trial.status === 'ok');
  const ratePerS = rateOf(table.condition);
  const quantile = (metric: 'latency_us_p50' | 'latency_us_p99' | 'latency_us_p999') =>
    medianOfAll(ok.map(({ metrics }) => metrics.get(metric)?.value ?? null));
  const middle = (read: (trial: Trial) => number | null) =>
    medianOfAll(ok.map(({ trial }) => read(trial))).estimate;
  return {
    condition: table.condition.id,
    ratePerS,
    share: capacityPerS === null ? null : ratePerS / capacityPerS,
    p50: quantile('latency_us_p50'),
    p99: quantile('latency_us_p99'),
    p999: quantile('latency_us_p999'),
    achieved: middle(achievedShare),
    latenessP99Us: middle(({ latency }) =>
      latency?.lateness ? latency.lateness.p99 / 1000 : null,
    ),
    busyShare: middle(({ client }) => client?.busyShare?.value ?? null),
    n: ok.length,
    failed: all.length - ok.length,
    doubts: countDoubts(ok),
  };
}

/** All values or none: those present would be from the trials that went well. */
function medianOfAll(values: readonly (number | null)[]): Interval {
  const numbers = values.flatMap((value) => value ?? []);
  const [why] = partly(numbers.length, values.length, 'trials');
  return why === undefined ? medianInterval(numbers) : { ...medianInterval([]), why };
}

function countDoubts(cells: readonly Cell[]): SweepPoint['doubts'] {
  const counts: Partial<Record<Doubt, number>> = {};
  for (const { trial } of cells) {
    for (const doubt of doubtsOf(trial)) counts[doubt] = (counts[doubt] ?? 0) + 1;
  }
  return counts;
}

/** The doubts about one open trial. */
export function doubtsOf(trial: Trial): Doubt[] {
  const warns = (name: string) =>
    trial.checks.some((check) => check.name === name && check.level !== 'ok');
  const ran = clientShare(trial);
  const busy = trial.client?.busyShare?.value ?? null;
  return [
    ...(warns('lateness_us') ? (['late'] as const) : []),
    ...(ran !== null && ran < SPINNING_SHARE_MIN ? (['descheduled'] as const) : []),
    ...(busy !== null && busy > OPEN_CLIENT_BUSY ? (['busy'] as const) : []),
    ...(warns('censored_requests') ? (['censored'] as const) : []),
  ];
}

/**
 * The curve of each block that has an ok trial at every rate. A rate whose trials are too short for
 * a p99 takes no part.
 */
function blockCurves(ladder: readonly ConditionTable[], subject: string): CurvePoint[][] {
  const curves = new Map<number, { rates: number; points: CurvePoint[] }>();
  for (const table of ladder) {
    for (const block of table.blocks) {
      const trial = table.okCell(subject, block)?.trial;
      if (trial === undefined) continue;
      const place = trial.replaces ?? trial.block;
      const curve = curves.get(place) ?? { rates: 0, points: [] };
      const p99Us = responseP99Us(trial);
      if (p99Us !== null) curve.points.push({ ratePerS: rateOf(table.condition), p99Us });
      curves.set(place, { ...curve, rates: curve.rates + 1 });
    }
  }
  return [...curves.values()]
    .filter(({ rates }) => rates === ladder.length)
    .map(({ points }) => points);
}

function kneeOver(curves: readonly CurvePoint[][]): SubjectSweep['knee'] {
  const knees = curves.flatMap((curve): BlockKnee[] => [kneeOf(curve) ?? []].flat());
  const middle = medianInterval(knees.map(({ ratePerS }) => ratePerS));
  const above = knees.filter(({ kind }) => kind === 'lower').length;
  if (knees.length === 0) return { ...middle, why: 'no block has every rate', bound: null };
  if (above === 0) return { ...middle, bound: null };
  const why = `in ${above} of ${knees.length} blocks p99 had not doubled at the highest rate`;
  return { ...middle, why, bound: 'lower' };
}

function sloRate(ladder: readonly ConditionTable[], subject: string, sloMs: number): SloRate {
  const none: SloRate = { sloMs, ratePerS: null, held: 0, of: 0, failedPerS: null };
  let best = none;
  for (const table of ladder) {
    const { held, of } = blocksWithin(table, subject, sloMs);
    if (of === 0) continue;
    const ratePerS = rateOf(table.condition);
    if (2 * held <= of) {
      const failed = { ...best, failedPerS: ratePerS };
      return best.ratePerS === null ? { ...failed, held, of } : failed;
    }
    best = { ...none, ratePerS, held, of };
  }
  return best;
}

/** A failed trial did not keep the limit. */
function blocksWithin(
  table: ConditionTable,
  subject: string,
  sloMs: number,
): { held: number; of: number } {
  const cells = table.blocks.flatMap((block) => table.cell(subject, block) ?? []);
  const held = cells.filter(({ trial }) => levelOf(trial, table.condition, sloMs).holds).length;
  return { held, of: cells.length };
}

/** Times its floor. */
/**
 * The knee of a latency curve is the rate at which p99 has doubled from its floor.
 *
 * L. Kleinrock ("Power and deterministic rules of thumb for probabilistic problems in computer
 * communications", ICC 1979) puts the knee where throughput / response time is largest; for an
 * M/M/1 queue that is where the response time is twice that of an idle server. Factor 2 is taken
 * from there; p99 in place of the mean, because p99 leaves its floor first.
 *
 * The floor is the lowest p99 of the curve, not the p99 of its lowest rate: at low rates every
 * request may wake a sleeping CPU. Only rates above the floor's own are looked at. Between the last
 * rate within twice the floor and the first beyond, p99 is taken to grow as a power of the rate.
 */
const KNEE_FACTOR = 2;

export interface CurvePoint {
  readonly ratePerS: number;
  readonly p99Us: number;
}

interface BlockKnee {
  readonly ratePerS: number;
  /** reached: between two rates. lower: p99 never doubled, so the knee is above the highest rate. */
  readonly kind: 'reached' | 'lower';
}

/** Of one curve; null with fewer than two points. */
export function kneeOf(curve: readonly CurvePoint[]): BlockKnee | null {
  const points = [...curve].sort((a, b) => a.ratePerS - b.ratePerS);
  const last = points.at(-1);
  if (last === undefined || points.length < 2) return null;
  const floor = Math.min(...points.map(({ p99Us }) => p99Us));
  const start = points.findIndex(({ p99Us }) => p99Us === floor);
  const level = KNEE_FACTOR * floor;
  const beyond = points.findIndex(({ p99Us }, i) => i > start && p99Us > level);
  const [before, after] = [points[beyond - 1], points[beyond]];
  if (before === undefined || after === undefined)
    return { ratePerS: last.ratePerS, kind: 'lower' };
  const share = Math.log(level / before.p99Us) / Math.log(after.p99Us / before.p99Us);
  const ratePerS = before.ratePerS * (after.ratePerS / before.ratePerS) ** share;
  return { ratePerS, kind: 'reached' };
}
