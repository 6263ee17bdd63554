/**
 * The count lane: system calls and voluntary switches per request, bytes per idle connection, of
 * fixed numbers of requests, by no clock. docs/GATE.md says how pairs of trials decide. Counts
 * scatter when a server spins for a moment before it sleeps: more pairs may pass such a row, never
 * fail it.
 */
import { z } from 'zod';
import { medianInterval } from '../stats/order-statistics.js';
import { median } from '../stats/quantile.js';
import {
  COUNT_METRICS,
  type CountMargin,
  type CountMetric,
  countMarginOf,
  type GateConfig,
} from './config.js';
import { EMPTY_ROW, type GateRow, grouped, type RowPlace, rowKey } from './rows.js';

/** One trial of one side; null values have a why. */
export const countSampleSchema = z.strictObject({
  variant: z.string(),
  side: z.enum(['base', 'candidate']),
  condition: z.string(),
  metric: z.enum(COUNT_METRICS),
  /** From 0; the pair that the trial belongs to. */
  trial: z.int(),
  value: z.number().nullable(),
  why: z.string().optional(),
  /** The server broke: that is correctness, not a count. */
  failed: z.boolean(),
});
export type CountSample = z.infer<typeof countSampleSchema>;

const UNITS: Readonly<Record<CountMetric, string>> = {
  syscalls_per_request: 'calls',
  voluntary_switches_per_request: 'switches',
  idle_bytes_per_connection: 'bytes',
};

/** The accepted loss of a row, relative; undefined: none. */
export type Accepts = (place: RowPlace) => number | undefined;

/** One row per variant, condition and metric that has samples, in their order. */
export function decideCounts(
  samples: readonly CountSample[],
  config: GateConfig['counts'],
  accepts: Accepts = () => undefined,
): GateRow[] {
  return grouped(samples, rowKey).flatMap((group) => {
    const [first] = group as [CountSample];
    const margin = countMarginOf(config, first);
    if (margin === undefined) return [];
    const relative = Math.max(margin.relative, accepts(first) ?? 0);
    return decideGroup(group, config.trials, { ...margin, relative });
  });
}

function decideGroup(group: readonly CountSample[], trials: number, margin: CountMargin): GateRow {
  const [{ variant, condition, metric }] = group as [CountSample];
  const pairs = pairsOf(group);
  const row = {
    lane: 'counts' as const,
    variant,
    condition,
    metric,
    unit: UNITS[metric],
    ...EMPTY_ROW,
    n: pairs.length,
  };
  // A candidate that no longer counts what its base counts must still have a row.
  const base = group.filter(({ side }) => side === 'base');
  if (base.every(({ value, failed }) => value === null && !failed)) {
    return { ...row, verdict: 'skipped', why: whyOf(base) };
  }
  if (pairs.length < trials) {
    const why = `${pairs.length} of ${trials} pairs have both values: ${whyOf(group)}`;
    return { ...row, verdict: 'inconclusive', why };
  }
  const first = judge(pairs.slice(0, trials), margin);
  if (first.verdict !== 'inconclusive' || pairs.length === trials) {
    return { ...row, n: trials, ...first };
  }
  return { ...row, ...judgeMore(pairs, margin) };
}

/** A row that more pairs could decide: `variant condition`. */
export function openCounts(
  samples: readonly CountSample[],
  config: GateConfig['counts'],
): ReadonlySet<string> {
  const open = decideCounts(samples, config).filter(
    ({ verdict, n }) => verdict === 'inconclusive' && n === config.trials,
  );
  return new Set(open.map(({ variant, condition }) => `${variant} ${condition}`));
}

interface CountPair {
  readonly base: number;
  readonly candidate: number;
}

function pairsOf(group: readonly CountSample[]): CountPair[] {
  const trials = [...new Set(group.map(({ trial }) => trial))].sort((a, b) => a - b);
  return trials.flatMap((trial) => {
    const of = (side: CountSample['side']) =>
      group.find((one) => one.side === side && one.trial === trial)?.value ?? null;
    const [base, candidate] = [of('base'), of('candidate')];
    return base === null || candidate === null ? [] : [{ base, candidate }];
  });
}

function whyOf(group: readonly CountSample[]): string {
  return [...new Set(group.flatMap(({ why = [] }) => why))].join('; ') || 'no trial was made';
}

type Judged = Pick<
  GateRow,
  'base' | 'candidate' | 'change' | 'lo' | 'hi' | 'allowed' | 'verdict' | 'detectable' | 'why'
>;

function judge(pairs: readonly CountPair[], margin: CountMargin): Judged {
  const { centre, allowed, rises, relative, values } = figuresOf(pairs, margin);
  const [least, most] = [Math.min(...rises), Math.max(...rises)];
  const figures = { ...values, lo: relative(least), hi: relative(most) };
  const all = `all ${pairs.length} pairs`;
  if (least > allowed) return { ...figures, verdict: 'fail', why: `worse in ${all}` };
  if (most <= allowed) return { ...figures, verdict: 'pass', why: `within the margin in ${all}` };
  // Any rise that lifts every pair over the margin fails.
  const detectable = relative(allowed + (centre - least));
  const beyond = rises.filter((rise) => rise > allowed).length;
  const why = `beyond the margin in ${beyond} of ${pairs.length} pairs: the counts scatter`;
  return { ...figures, verdict: 'inconclusive', detectable, why };
}

/** Confidence of the median rise over all pairs. */
const MORE_CONFIDENCE = 0.95;

function judgeMore(pairs: readonly CountPair[], margin: CountMargin): Judged {
  const { allowed, rises, relative, values } = figuresOf(pairs, margin);
  const { estimate, lo, hi } = medianInterval(rises, MORE_CONFIDENCE);
  const all = `${pairs.length} pairs`;
  if (estimate === null || lo === null || hi === null) {
    const why = `the counts scatter, and ${all} give no interval`;
    return { ...values, lo: null, hi: null, verdict: 'inconclusive', why };
  }
  const figures = { ...values, lo: relative(lo), hi: relative(hi) };
  if (hi <= allowed) {
    const why = `the counts scatter, but the median of ${all} lies within the margin at 95 %`;
    return { ...figures, verdict: 'pass', why };
  }
  const why = `the counts scatter: the median of ${all} may lie beyond the margin`;
  const detectable = relative(allowed + (estimate - lo));
  return { ...figures, verdict: 'inconclusive', detectable, why };
}

function figuresOf(pairs: readonly CountPair[], margin: CountMargin) {
  const base = median(pairs.map((pair) => pair.base));
  const candidate = median(pairs.map((pair) => pair.candidate));
  const centre = candidate - base;
  const allowed = allowedRise(base, margin);
  const rises = pairs.map((pair) => pair.candidate - pair.base);
  const relative = (rise: number) => (base > 0 ? rise / base : null);
  const shares = { change: relative(centre), allowed: relative(allowed) ?? 0, detectable: null };
  return { centre, allowed, rises, relative, values: { base, candidate, ...shares } };
}

/** In the metric's unit. */
export function allowedRise(base: number, { relative, absolute }: CountMargin): number {
  return Math.max(relative * base, absolute);
}
