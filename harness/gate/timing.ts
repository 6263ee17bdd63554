/**
 * The timing lane: paired slowdowns of CPU per request, throughput and p99. docs/GATE.md says how
 * two batches decide.
 *
 * Limit: what a slowdown has to exceed to fail, in the first batch by exact signed ranks with
 * Holm's correction over the metrics of the variant in the condition, in the second by its
 * estimate. It is the margin, in a noisy condition plus what a server may differ from itself there
 * (Batch.blurOf).
 */
import type { Quality } from '../results/schema.js';
import { detectableDifference, holm } from '../stats/decision.js';
import { hodgesLehmann, signedRankTest } from '../stats/signed-rank.js';
import type { GateConfig, TimingMetric } from './config.js';
import type { Slowdowns } from './pairs.js';
import { type Confirmation, EMPTY_ROW, type GateRow, grouped, rowKey } from './rows.js';

export type Level = Quality['level'];

/** One batch, whatever it was measured against. */
export interface Batch {
  /** How far the condition of a row can be believed (level.ts). */
  readonly levelOf: (condition: string) => Level;
  /** How far a server may seem to differ from itself there; null: nothing may fail. */
  readonly blurOf: (condition: string, metric: TimingMetric) => number | null;
  readonly slowdowns: readonly Slowdowns[];
}

type TimingConfig = GateConfig['timing'];

/** A row's own margin: with a stored baseline it follows the history. */
export type MarginOf = (slowdowns: Slowdowns) => number;

/** Rows before any second batch: those that it has to confirm are inconclusive, with a p. */
export function judgeFirst(batch: Batch, config: TimingConfig, marginOf?: MarginOf): GateRow[] {
  const margin = marginOf ?? (({ metric }: Slowdowns) => config.margins[metric]);
  // Metrics of one variant in one condition are tested together.
  const familyOf = ({ variant, condition }: Slowdowns) => `${variant} ${condition}`;
  return grouped(batch.slowdowns, familyOf).flatMap((family) => {
    const compared = family.filter(({ blocks }) => blocks.length > 0);
    const ps = holm(compared.map((one) => testOf(one, limitOf(one, margin(one), batch)).greater));
    const adjusted = new Map(compared.map((one, i) => [one, ps[i] as number]));
    return family.map((one) =>
      judgeOne(one, margin(one), adjusted.get(one) ?? null, batch.levelOf(one.condition), config),
    );
  });
}

const logsOf = ({ blocks }: Slowdowns) => blocks.map(({ log }) => log);

function testOf(slowdowns: Slowdowns, margin: number) {
  return signedRankTest(logsOf(slowdowns), Math.log1p(margin));
}

/** What a slowdown has to exceed. */
function limitOf({ condition, metric }: Slowdowns, margin: number, { blurOf }: Batch): number {
  return (1 + margin) * (1 + (blurOf(condition, metric) ?? 0)) - 1;
}

function judgeOne(
  one: Slowdowns,
  margin: number,
  p: number | null,
  quality: Level,
  config: TimingConfig,
): GateRow {
  const { variant, condition, metric, unit, base, candidate, refused } = one;
  const place = { lane: 'timing' as const, variant, condition, metric, unit };
  const row = { ...place, ...EMPTY_ROW, base, candidate, allowed: margin };
  if (refused !== null) return { ...row, verdict: 'skipped', why: `not compared: ${refused}` };
  if (p === null) return { ...row, verdict: 'inconclusive', why: 'no block has both trials ok' };
  const logs = logsOf(one);
  const mde = detectableDifference(logs);
  const isWithin = testOf(one, margin).less <= 1 - config.passConfidence + EPSILON;
  const isBeyond = p <= 1 - config.failConfidence + EPSILON;
  return {
    ...row,
    change: relative(hodgesLehmann(logs).estimate),
    lo: relative(hodgesLehmann(logs, 2 * config.failConfidence - 1).lo),
    hi: relative(hodgesLehmann(logs, 2 * config.passConfidence - 1).hi),
    n: logs.length,
    p,
    detectable: mde === null ? null : (1 + margin) * (1 + mde) - 1,
    verdict: isWithin && quality !== 'invalid' ? 'pass' : 'inconclusive',
    why: whyOf(isWithin, isBeyond, quality),
  };
}

function whyOf(isWithin: boolean, isBeyond: boolean, quality: Level): string {
  if (quality === 'invalid') return 'the measurement is invalid';
  if (isWithin) return 'within the margin';
  if (!isBeyond) return 'neither within the margin nor beyond it for certain';
  return `beyond the margin in the first batch${quality === 'noisy' ? ', which is noisy' : ''}`;
}

function relative(log: number | null): number | null {
  return log === null ? null : Math.expm1(log);
}

/** 1 - 0.99 is a little above 0.01 in binary. */
const EPSILON = 1e-12;

/** The rows that a second batch has to confirm before they fail. */
export function suspects(
  rows: readonly GateRow[],
  config: TimingConfig,
  { levelOf, blurOf }: Batch,
): GateRow[] {
  return rows.filter(
    ({ lane, verdict, p, condition, metric }) =>
      lane === 'timing' &&
      levelOf(condition) !== 'invalid' &&
      blurOf(condition, metric as TimingMetric) !== null &&
      verdict === 'inconclusive' &&
      p !== null &&
      p <= 1 - config.failConfidence + EPSILON,
  );
}

/** The rows, with the second batch's result for the suspected ones. */
export function confirm(
  rows: readonly GateRow[],
  suspected: readonly GateRow[],
  second: Batch,
): GateRow[] {
  const keys = new Set(suspected.map(rowKey));
  return rows.map((row) => {
    if (!keys.has(rowKey(row))) return row;
    const found = second.slowdowns.find((one) => rowKey(one) === rowKey(row));
    const confirmation = confirmationOf(row, found, second);
    const verdict = confirmation.holds ? 'fail' : 'inconclusive';
    return { ...row, confirmation, verdict, why: confirmedText(confirmation) };
  });
}

function confirmationOf(
  { allowed, condition }: GateRow,
  found: Slowdowns | undefined,
  second: Batch,
): Confirmation {
  const quality = second.levelOf(condition);
  if (found === undefined) return { change: null, n: 0, quality, holds: false };
  const { estimate, n } = hodgesLehmann(logsOf(found));
  const change = relative(estimate);
  const mayFail = quality !== 'invalid' && second.blurOf(condition, found.metric) !== null;
  const holds = mayFail && change !== null && change > limitOf(found, allowed, second);
  return { change, n, quality, holds };
}

function confirmedText({ change, quality, holds }: Confirmation): string {
  if (holds) return 'beyond the margin in both batches';
  const first = 'beyond the margin in the first batch';
  if (quality === 'invalid') return `${first}; the second was ${quality}`;
  if (change === null) return `${first}; the second has no value`;
  return `${first}, not in the second${quality === 'noisy' ? ', which was noisy' : ''}`;
}
