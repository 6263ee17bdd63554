/**
 * The knee of a latency curve: the rate at which p99 has doubled from its floor. Pure.
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

/** Times its floor. */
const KNEE_FACTOR = 2;

export interface CurvePoint {
  readonly ratePerS: number;
  readonly p99Us: number;
}

export interface BlockKnee {
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
