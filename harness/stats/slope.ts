/**
 * The slope of one quantity over another that no few wild points can move (Theil-Sen: the median of
 * the slopes between all pairs of points with different x; Sen, J. Am. Stat. Assoc. 63, 1968; up to
 * 29 % of the points may be anything without moving it far), with an interval that knows which
 * points were measured together.
 *
 * Points of one block share the machine's state, and points of one series (a subject under one
 * condition) repeat one value. So each series counts once, by its medians of x and y, and the
 * interval comes from resampling whole blocks (percentile bootstrap). That interval is approximate:
 * with few blocks it covers less often than it says, so below 10 blocks there is none.
 */
import { CONFIDENCE, type Interval } from './interval.js';
import { median, quantileSorted } from './quantile.js';

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A point with what it was measured with. */
export interface BlockPoint extends Point {
  readonly series: string;
  readonly block: number;
}

/** Fewest blocks with an interval. */
export const FEWEST_BLOCKS_TO_RESAMPLE = 10;
const REPLICATES = 1000;

/** Unit of y per unit of x; null when no two points differ in x. */
export function slopeOf(points: readonly Point[]): number | null {
  const slopes = points.flatMap((a, i) =>
    points.slice(i + 1).flatMap((b) => (a.x === b.x ? [] : [(b.y - a.y) / (b.x - a.x)])),
  );
  return slopes.length === 0 ? null : median(slopes);
}

/**
 * Slope of the series' medians with its interval; n counts the blocks. The seed makes the interval
 * repeatable.
 */
export function blockSlope(
  points: readonly BlockPoint[],
  { confidence = CONFIDENCE, seed = 1 }: { confidence?: number; seed?: number } = {},
): Interval {
  const blocks = [...new Set(points.map(({ block }) => block))];
  const series = [...new Set(points.map((point) => point.series))].map((name) => {
    const mine = points.filter((point) => point.series === name);
    return new Map(mine.map((point) => [point.block, point]));
  });
  const n = blocks.length;
  const none = { lo: null, hi: null, confidence: null, n };
  const estimate = slopeOf(series.flatMap((mine) => medians(mine, blocks)));
  if (estimate === null) return { estimate, ...none, why: 'no two series differ' };
  if (n < FEWEST_BLOCKS_TO_RESAMPLE) {
    const why = `no interval from ${n} blocks: ${FEWEST_BLOCKS_TO_RESAMPLE} are needed to resample`;
    return { estimate, ...none, why };
  }
  const random = uniform(seed);
  const slopes = Array.from({ length: REPLICATES }, () => {
    const drawn = blocks.map(() => blocks[Math.floor(random() * n)] as number);
    return slopeOf(series.flatMap((mine) => medians(mine, drawn)));
  }).filter((slope) => slope !== null);
  slopes.sort((a, b) => a - b);
  const tail = (1 - confidence) / 2;
  const lo = quantileSorted(slopes, tail);
  const hi = quantileSorted(slopes, 1 - tail);
  return { estimate, lo, hi, confidence, n };
}

/** One point for a series, or none when it took part in no drawn block. */
function medians(mine: ReadonlyMap<number, Point>, blocks: readonly number[]): Point[] {
  const drawn = blocks.flatMap((block) => mine.get(block) ?? []);
  if (drawn.length === 0) return [];
  return [{ x: median(drawn.map(({ x }) => x)), y: median(drawn.map(({ y }) => y)) }];
}

/** Repeatable numbers in [0, 1) (mulberry32). */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Change of a level along the slope of its values at 0, 1, 2, …, from the middle of their first
 * third to the middle of the last, as a share of their median; 0.1 is 10 % more. null where the
 * median is 0, and of fewer than two values.
 */
export function relativeDrift(values: readonly number[]): number | null {
  const level = median(values);
  const slope = slopeOf(values.map((y, x) => ({ x, y })));
  if (level === 0 || slope === null) return null;
  return (slope * ((values.length * 2) / 3)) / level;
}
