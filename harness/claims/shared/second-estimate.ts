/**
 * The cost of a switch as the servers show it: the slope of CPU per request over switches per
 * request, across the conditions of the plain series and all plain subjects. Independent of the
 * ping-pong, and rougher: whatever else grows with switches is in it.
 *
 * Two slopes: over all connection counts, and over those from BUSY_FROM on, where the CPU does not
 * fall asleep between two requests and no wake-up from idle is mixed in.
 */

import { number } from '../../findings/format.js';
import { isPlainSubject } from '../../results/roles.js';
import type { Condition, Results } from '../../results/schema.js';
import type { Interval } from '../../stats/interval.js';
import { type BlockPoint, blockSlope } from '../../stats/slope.js';
import type { Figure } from '../claim.js';
import { plainSeries, valuesOf } from './samples.js';

/** From this many connections on a server is hardly ever idle. */
const BUSY_FROM = 64;

export interface SecondEstimate {
  readonly label: string;
  /** us of CPU per switch. */
  readonly slope: Interval;
  readonly conditions: readonly string[];
}

/** Slopes that there are; empty when no two points differ in switches. */
export function secondEstimates(results: Results): SecondEstimate[] {
  const series = plainSeries(results);
  const busy = series.filter(({ connections }) => connections >= BUSY_FROM);
  const whole = { label: 'slope over all connection counts', conditions: series };
  const loaded = { label: `slope from ${BUSY_FROM} connections on`, conditions: busy };
  const sets = busy.length === series.length ? [loaded] : [loaded, whole];
  return sets.flatMap(({ label, conditions }) => {
    const slope = blockSlope(conditions.flatMap((condition) => pointsOf(results, condition)));
    const ids = conditions.map(({ id }) => id);
    return slope.estimate === null ? [] : [{ label, slope, conditions: ids }];
  });
}

/** A point per block of each plain subject: all switches, CPU per request. */
export function pointsOf(results: Results, condition: Condition): BlockPoint[] {
  const subjects = results.header.subjects.filter(isPlainSubject);
  return subjects.flatMap(({ id }) => subjectPoints(results, condition, id));
}

/** x: voluntary and involuntary switches per request; y: us of CPU per request. */
export function subjectPoints(
  results: Results,
  condition: Condition,
  subject: string,
): BlockPoint[] {
  const of = (metric: Parameters<typeof valuesOf>[3]) =>
    new Map(valuesOf(results, condition, subject, metric).map((v) => [v.block, v.value]));
  const cpu = of('cpu_us_per_request');
  const forced = of('involuntary_switches_per_request');
  return [...of('voluntary_switches_per_request')].flatMap(([block, voluntary]) => {
    const y = cpu.get(block);
    const x = voluntary + (forced.get(block) ?? 0);
    return y === undefined ? [] : [{ x, y, block, series: `${condition.id} ${subject}` }];
  });
}

/** `2.3 us (2.1 to 2.6 us, 95 %)`, or without the interval and why. */
export function slopeText({ slope }: Pick<SecondEstimate, 'slope'>): string {
  const us = `${number(slope.estimate ?? Number.NaN)} us`;
  if (slope.lo === null || slope.hi === null) return `${us} (${slope.why})`;
  return `${us} (${number(slope.lo)} to ${number(slope.hi)} us, 95 %)`;
}

export function slopeFigures(estimates: readonly SecondEstimate[]): Figure[] {
  return estimates.flatMap(({ label, slope: { estimate, lo, hi } }) =>
    estimate === null
      ? []
      : [{ label: `second estimate, ${label}`, value: estimate, lo, hi, unit: 'us' }],
  );
}
