/**
 * When a condition may stop, and how wide its intervals must then be to keep their confidence.
 *
 * The rule is fixed before the run. A condition is looked at after a fixed number of planned blocks
 * and stops there if every carried ratio is as narrow as the target; else it continues to its last
 * block. Stopping where a sample happens to look narrow favours samples that scatter less than
 * their distribution, so plain 95 % intervals would cover the true ratio too rarely.
 *
 * So the intervals of the early look are drawn at 99.5 % and those of the end at 95.5 % (Haybittle,
 * Br. J. Radiol. 44, 1971, and Peto et al., Br. J. Cancer 34, 1976: very strict early, the plain
 * level at the end). The interval shown misses only if one of the two misses: in at most 0.5 + 4.5
 * = 5 % of runs, however the stop depends on the data, also for ratios that are not carried.
 * precision.test.ts counts it; docs/METHOD.md has the table.
 */
import type { Precision } from '../results/precision.js';
import { blocksOf, type Plan } from '../results/schema.js';
import { CONFIDENCE } from './interval.js';
import { hodgesLehmann } from './signed-rank.js';

/** The fewest pairs that decide one of six primary metrics at the level of an early look. */
const FIRST_LOOK = 12;

/** If a look can save less than this share of blocks, it is not worth the wider intervals. */
const LEAST_SAVED = 0.25;

/** Confidence of the intervals of a look that is not the last. */
const EARLY = 0.995;

/** Of the last of two looks. */
const LAST = 0.955;

/**
 * After how many planned blocks a condition is looked at, ascending, blocksMax the last. The first
 * look is not before blocksMin, and not before 12. Where it could spare less than a quarter of the
 * blocks there is no look but the last. Both whole numbers from 1.
 */
export function looksFor(blocksMin: number, blocksMax: number): number[] {
  const first = Math.max(blocksMin, FIRST_LOOK);
  return first > (1 - LEAST_SAVED) * blocksMax ? [blocksMax] : [first, blocksMax];
}

/** The looks of a condition, which may have fewer blocks than the plan's looks go to. */
export function looksOf(plan: Plan, condition: string): number[] {
  const blocks = blocksOf(plan, condition);
  return [...(plan.precision?.looks ?? []).filter((look) => look < blocks), blocks];
}

/**
 * How many blocks of a condition its plan asked for as the run went: those that began, where it
 * stopped at a look or when the budget was spent.
 */
export function askedBlocks(plan: Plan, condition: string, begun: number): number {
  const isBudgeted = plan.blocksMsMax !== undefined && begun > 0;
  const isLook = looksOf(plan, condition).includes(begun);
  return isBudgeted || isLook ? begun : blocksOf(plan, condition);
}

/**
 * The confidence (0..1) of a condition's intervals when it stops after so many planned blocks: the
 * plain one where that was the first look. A run that ends after the first look, because its budget
 * is spent, has its last look there.
 */
export function confidenceFor(looks: readonly number[], blocks: number): number {
  const [first = blocks] = looks;
  if (looks.length <= 1 || blocks < first) return CONFIDENCE;
  const isEarly = looks.slice(0, -1).includes(blocks);
  return isEarly ? EARLY : LAST;
}

/** Half of an interval of a ratio as a factor less 1: 0.97 to 1.03 is 0.03. lo and hi above 0. */
export function halfWidth(lo: number, hi: number): number {
  return Math.expm1(Math.log(hi / lo) / 2);
}

/**
 * Whether a condition may stop after so many planned blocks: one of its looks, and the interval of
 * every subject has at most the target as half-width. `logsBySubject`: per carried ratio its
 * logarithms, one per block that has both trials. Without any ratio nothing is precise.
 */
export function isPreciseEnough(
  { target, looks }: Precision,
  blocks: number,
  logsBySubject: readonly (readonly number[])[],
): boolean {
  if (!looks.includes(blocks) || logsBySubject.length === 0) return false;
  const confidence = confidenceFor(looks, blocks);
  return logsBySubject.every((logs) => {
    const { lo, hi } = hodgesLehmann(logs, confidence);
    return lo !== null && hi !== null && halfWidth(Math.exp(lo), Math.exp(hi)) <= target;
  });
}
