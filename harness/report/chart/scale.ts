/**
 * Axes of the charts: domains, ticks and places on them. Layout only: nothing here looks at more
 * than the bounds of what is drawn. A scale maps values to the unit interval and back.
 */
export interface Scale {
  readonly type: 'log' | 'linear';
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  /** Place of a value: 0 at the low end of the axis, 1 at the high end. */
  toUnit(value: number): number;
  fromUnit(unit: number): number;
}

const MIN_TICKS = 4;
const MAX_TICKS = 9;
/** Noise must not fill the axis: a log axis spans at least this factor. */
const MIN_FACTOR = 2;
const MARGIN = 1.08;

/** Mantissas of ticks on a log axis, from coarse to fine. */
const MANTISSAS = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]] as const;

const rounded = (tick: number): number => Number(tick.toPrecision(6));

/** The coarsest mantissas with enough ticks; even steps where the axis is too short for any. */
function logTicks(lo: number, hi: number): number[] {
  const inside = (ticks: readonly number[]) =>
    ticks.map(rounded).filter((tick) => tick >= lo && tick <= hi);
  const from = Math.floor(Math.log10(lo));
  const powers = Array.from(
    { length: Math.ceil(Math.log10(hi)) - from + 1 },
    (_, i) => 10 ** (from + i),
  );
  for (const mantissas of MANTISSAS) {
    const ticks = inside(powers.flatMap((power) => mantissas.map((m) => m * power)));
    if (ticks.length >= MIN_TICKS) return ticks;
  }
  const step = linearStep(hi - lo);
  const first = Math.ceil(lo / step);
  return inside(Array.from({ length: MAX_TICKS }, (_, i) => (first + i) * step));
}

/** A pleasant step that divides `span` into about five. */
function linearStep(span: number): number {
  const raw = span / 6;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find((m) => m * power >= raw) ?? 10;
  return step * power;
}

/** A log scale with exactly this domain. */
export function logScale(lo: number, hi: number, ticks: readonly number[] = logTicks(lo, hi)) {
  const span = Math.log(hi / lo);
  return {
    type: 'log',
    domain: [lo, hi],
    ticks,
    toUnit: (value) => Math.log(value / lo) / span,
    fromUnit: (unit) => lo * Math.exp(unit * span),
  } satisfies Scale;
}

/** From zero, or just below `min` where that is negative, to just above `max`. */
function zeroScale(min: number, max: number): Scale {
  if (min >= 0) return linearScale(max > 0 ? max * MARGIN : 1);
  const margin = (max - min) * (MARGIN - 1);
  return linearScale(max + margin, linearStep(max - min), min - margin);
}

/** From zero, or a negative `bottom`, to `top`. */
export function linearScale(top: number, step = linearStep(top), bottom = 0): Scale {
  const first = Math.ceil(bottom / step);
  const count = Math.floor(top / step) - first + 1;
  return {
    type: 'linear',
    domain: [bottom, top],
    ticks: Array.from({ length: count }, (_, i) => rounded((first + i) * step)),
    toUnit: (value) => (value - bottom) / (top - bottom),
    fromUnit: (unit) => bottom + unit * (top - bottom),
  };
}

/** Logarithmic where asked for and possible; with a zero otherwise, which a log axis cannot show. */
export function scaleFor(values: readonly number[], wanted: Scale['type']): Scale {
  const max = Math.max(0, ...values);
  const min = Math.min(max, ...values);
  if (wanted === 'linear' || min <= 0) return zeroScale(min, max);
  const widen = Math.max(1, Math.sqrt(MIN_FACTOR / ((max / min) * MARGIN ** 2)));
  return logScale(min / MARGIN / widen, max * MARGIN * widen);
}

/** Connections: logarithmic, ticks at the counts measured, with room at both ends. */
export function connectionsScale(counts: readonly number[]): Scale {
  const lo = Math.min(...counts);
  const hi = Math.max(...counts);
  const room = lo === hi ? 2 : (hi / lo) ** 0.09;
  return logScale(lo / room, hi * room, counts);
}

const RATIO_TICKS = [
  { upTo: 1.3, ticks: [0.8, 0.9, 1, 1.1, 1.25] },
  { upTo: 2.1, ticks: [0.5, 0.7, 1, 1.4, 2] },
  { upTo: 4.5, ticks: [0.25, 0.5, 1, 2, 4] },
  { upTo: 10.5, ticks: [0.1, 0.2, 0.5, 1, 2, 5, 10] },
] as const;

/** Ratios: logarithmic and symmetric about 1, so that twice and half are equally far from it. */
export function ratioScale(ratios: readonly number[]): Scale {
  const reach = Math.max(1.25, ...ratios.filter((r) => r > 0).map((r) => Math.max(r, 1 / r)));
  const edge = reach * MARGIN;
  const table = RATIO_TICKS.find((row) => reach <= row.upTo)?.ticks;
  const inside = table?.filter((t) => t <= edge && t >= 1 / edge);
  return logScale(1 / edge, edge, inside ?? logTicks(1 / edge, edge));
}

/**
 * Moves labels apart along an axis of `length` pixels so that neighbours are at least `gap` apart
 * and the squared distances from their wishes are least: pooling of adjacent violators, as in
 * isotonic regression. Returns the places in the order given.
 */
export function spread(wishes: readonly number[], gap: number, length: number): number[] {
  const order = wishes.map((wish, index) => ({ wish, index })).sort((a, b) => a.wish - b.wish);
  const starts = pooled(order.map(({ wish }, rank) => wish - rank * gap));
  const room = Math.max(0, length - (wishes.length - 1) * gap);
  const places: number[] = new Array(wishes.length);
  for (const [rank, { index }] of order.entries()) {
    places[index] = Math.min(Math.max(starts[rank] as number, 0), room) + rank * gap;
  }
  return places;
}

/** The non-decreasing sequence nearest to `values`. */
function pooled(values: readonly number[]): number[] {
  const pools: { sum: number; size: number }[] = [];
  for (const value of values) {
    let pool = { sum: value, size: 1 };
    for (;;) {
      const last = pools.at(-1);
      if (last === undefined || last.sum / last.size <= pool.sum / pool.size) break;
      pool = { sum: last.sum + pool.sum, size: last.size + pool.size };
      pools.pop();
    }
    pools.push(pool);
  }
  return pools.flatMap(({ sum, size }) => new Array<number>(size).fill(sum / size));
}
