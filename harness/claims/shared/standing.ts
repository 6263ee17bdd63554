/** What follows from the interval of a ratio, and its wording. */

import { intervalText, list, percent, ratioText } from '../../findings/format.js';
import { isCost } from '../../results/metrics.js';
import type { Interval } from '../../stats/interval.js';
import type { Figure } from '../claim.js';
import { type Cell, where } from './samples.js';

/** Worse, or better, by this much is a difference that matters. */
export const MARGIN = 0.1;
/** Two-sided confidence of the intervals that decide what is worse or better. */
export const STRICT = 0.99;

/** At least `margin` worse, all of the interval. */
export function isWorse({ ratio }: Cell, margin = MARGIN): boolean {
  return ratio.lo !== null && ratio.lo >= 1 + margin;
}

/** At least `margin` better. */
export function isBetter({ ratio }: Cell, margin = MARGIN): boolean {
  return ratio.hi !== null && ratio.hi <= 1 / (1 + margin);
}

/** Less than `margin` worse, or better. */
export function isNotWorse({ ratio }: Cell, margin = MARGIN): boolean {
  return ratio.hi !== null && ratio.hi < 1 + margin;
}

/** Less than `margin` better, or worse. */
export function isNotBetter({ ratio }: Cell, margin = MARGIN): boolean {
  return ratio.lo !== null && ratio.lo > 1 / (1 + margin);
}

/** Better by anything. */
export function wins({ ratio }: Cell): boolean {
  return ratio.hi !== null && ratio.hi < 1;
}

export function isCompared({ ratio }: Cell): boolean {
  return ratio.lo !== null;
}

const THINGS: Readonly<Partial<Record<Cell['metric'], string>>> = {
  cpu_us_per_request: 'CPU per request',
  requests_per_s: 'throughput',
  latency_us_p99: 'p99 latency',
};
const NOUN = { less: 'less', asMuch: 'as much' } as const;

function thingOf({ metric }: Pick<Cell, 'metric'>): string {
  return THINGS[metric] ?? metric;
}

/** The ratio as the metric itself runs: throughput below 1 where the subject answers fewer. */
function natural({ metric, ratio }: Cell): Interval {
  if (isCost(metric)) return ratio;
  const inverse = (value: number | null) => (value === null ? null : 1 / value);
  const { estimate, lo, hi } = ratio;
  return { ...ratio, estimate: inverse(estimate), lo: inverse(hi), hi: inverse(lo) };
}

/** `6.8 % less at 1 connection (5.9 % to 8.1 % less)`. */
function phrase(cell: Cell): string {
  const { estimate, lo, hi } = natural(cell);
  const at = cell.at ?? where(cell.condition);
  if (estimate === null) return `not compared ${at}`;
  const size = `${ratioText(estimate, NOUN)} ${at}`;
  if (lo === null || hi === null) return size;
  return `${size} (${intervalText(estimate, lo, hi, NOUN)})`;
}

/**
 * `CPU per request of a against b: 6.8 % less at 1 connection (…) and 47 % more at 8 connections
 * (…); intervals of 99.1 %`: one clause per subject and metric.
 */
export function seriesText(cells: readonly Cell[]): string {
  const headOf = (cell: Cell) => `${thingOf(cell)} of ${cell.subject} against ${cell.versus}`;
  const clauses = [...new Set(cells.map(headOf))].map((head) => {
    const mine = cells.filter((cell) => headOf(cell) === head);
    return `${head}: ${list(mine.map(phrase))}`;
  });
  const levels = cells.flatMap(({ ratio }) => ratio.confidence ?? []);
  const level =
    levels.length === 0 ? [] : [`intervals of at least ${levelText(Math.min(...levels))}`];
  return [...clauses, ...level, ...whyNot(cells)].join('; ');
}

/** Why some have no interval, each reason once. */
function whyNot(cells: readonly Cell[]): string[] {
  return [...new Set(cells.flatMap(({ ratio }) => (ratio.lo === null ? (ratio.why ?? []) : [])))];
}

/** Exact confidences lie a little above what was asked; 0.9922 -> `99.2 %`. */
function levelText(confidence: number): string {
  return `${Math.floor(confidence * 1000) / 10} %`;
}

export function cellFigures(cells: readonly Cell[]): Figure[] {
  return cells.flatMap((cell) => {
    const { estimate, lo, hi } = natural(cell);
    if (estimate === null) return [];
    const label = `${thingOf(cell)}, ${cell.subject} / ${cell.versus}, ${cell.at ?? cell.condition.id}`;
    return [{ label, value: estimate, lo, hi, unit: 'times' }];
  });
}

export function rowNames(cells: readonly Cell[]): string[] {
  return cells.map((cell) => `${cell.condition.id} ${cell.subject}/${cell.versus} ${cell.metric}`);
}

/** `the smallest difference these pairs could have shown is 5.2 %`, or why there is none. */
export function smallestSeen(cells: readonly Cell[]): string {
  const sizes = cells.flatMap(({ detectable }) => (detectable === null ? [] : [detectable]));
  if (sizes.length === 0) return whyNot(cells)[0] ?? 'there is nothing to compare';
  const size = percent(Math.max(...sizes));
  return `the smallest difference these pairs could have shown is ${size}`;
}
