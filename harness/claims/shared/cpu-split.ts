/**
 * CPU per request of a server under a condition, split into what its system calls cost, what its
 * thread switches cost, and the rest: what the measured prices do not explain.
 *
 *     calls     the loopback floor (read and write of one request, nobody waits) and, for each call
 *               beyond these two, the price of a system call that does next to nothing
 *     switches  switches per request, voluntary and involuntary, times the price of a bare switch
 *     rest      CPU per request less both: parsing, scheduling, what calls do beyond the cheapest,
 *               cold caches. Negative where a price is too high for this server
 *
 * Prices are medians of the same run's switch table; parts are taken block by block, so that
 * each has an interval. Pure.
 */

import { number } from '../../findings/format.js';
import { COST_ROWS } from '../../results/evidence.js';
import { isPlainSubject } from '../../results/roles.js';
import type { Condition, Results } from '../../results/schema.js';
import type { Interval } from '../../stats/interval.js';
import { medianInterval } from '../../stats/order-statistics.js';
import type { Figure } from '../claim.js';
import { plainSeries, tableOf, valuesOf } from './samples.js';
import { subjectPoints } from './second-estimate.js';
import { type CostRow, serverSwitch, switchRows } from './switch-rows.js';

/** us per request. */
export interface CpuSplit {
  readonly condition: Condition;
  readonly subject: string;
  readonly total: Interval;
  readonly calls: Interval;
  readonly switches: Interval;
  readonly rest: Interval;
}

/** What the parts are priced with, us. */
interface Prices {
  readonly floor: number;
  readonly call: number;
  readonly switch: number;
}

/** Calls that the floor contains: a read and a write. */
const FLOOR_CALLS = 2;

/** Plain conditions and plain subjects that have all figures; empty without a switch table. */
export function cpuSplits(results: Results): CpuSplit[] {
  const { rows } = switchRows(results);
  if (rows === null) return [];
  const subjects = results.header.subjects.filter(isPlainSubject);
  return plainSeries(results).flatMap((condition) => {
    const prices = pricesAt(rows, condition.connections);
    if (prices === null) return [];
    return subjects.flatMap(({ id }) => splitOf(results, condition, id, prices));
  });
}

/** The floor that was measured with as many connections, or the nearest number. */
export function pricesAt(rows: readonly CostRow[], connections: number): Prices | null {
  const floors = COST_ROWS.floor.flatMap((name) => {
    const row = rows.find((one) => one.name === name);
    const distance = Math.abs(Math.log(Number(name.split('-')[1]) / connections));
    return row === undefined ? [] : [{ row, distance }];
  });
  const [floor] = floors.sort((a, b) => a.distance - b.distance);
  const call = rows.find(({ name }) => name === COST_ROWS.call[0]);
  const bare = serverSwitch(rows);
  if (floor === undefined || call === undefined || bare === null) return null;
  return { floor: floor.row.ns / 1000, call: call.ns / 1000, switch: bare.ns / 1000 };
}

function splitOf(
  results: Results,
  condition: Condition,
  subject: string,
  prices: Prices,
): CpuSplit[] {
  const counted = valuesOf(results, condition, subject, 'syscalls_per_request');
  const calls = new Map(counted.map(({ block, value }) => [block, value]));
  // A server that does not count its calls was counted by the kernel, in a block of its own.
  const typical = counted.length > 0 ? null : tracedCalls(results, condition, subject);
  const parts = subjectPoints(results, condition, subject).flatMap(({ x, y, block }) => {
    const made = calls.get(block) ?? typical;
    if (made === null) return [];
    const callsUs = prices.floor + Math.max(0, made - FLOOR_CALLS) * prices.call;
    const switchesUs = x * prices.switch;
    return [{ total: y, calls: callsUs, switches: switchesUs, rest: y - callsUs - switchesUs }];
  });
  if (parts.length === 0) return [];
  const of = (name: keyof (typeof parts)[number]) => medianInterval(parts.map((one) => one[name]));
  const total = of('total');
  return [
    { condition, subject, total, calls: of('calls'), switches: of('switches'), rest: of('rest') },
  ];
}

function tracedCalls(results: Results, condition: Condition, subject: string): number | null {
  const values = tableOf(results, condition)
    .instrumentedCells(subject)
    .flatMap(({ metrics }) => metrics.get('syscalls_per_request')?.value ?? []);
  return medianInterval(values).estimate;
}

/** `a 9.1 us: system calls 5 us, switches 2.4 us, the rest 1.7 us (1.5 to 1.9 us)`. */
export function splitText({ subject, total, calls, switches, rest }: CpuSplit): string {
  const us = ({ estimate }: Interval) => `${number(estimate ?? Number.NaN)} us`;
  const { lo, hi } = rest;
  const spread = lo === null || hi === null ? '' : ` (${number(lo)} to ${number(hi)} us)`;
  return `${subject} ${us(total)}: system calls ${us(calls)}, switches ${us(switches)}, the rest ${us(rest)}${spread}`;
}

export function splitFigures(splits: readonly CpuSplit[]): Figure[] {
  return splits.flatMap(({ condition, subject, ...parts }) =>
    (['total', 'calls', 'switches', 'rest'] as const).flatMap((name): Figure[] => {
      const { estimate: value, lo, hi } = parts[name];
      if (value === null) return [];
      return [
        {
          label: `CPU per request, ${subject}, ${condition.id}: ${name}`,
          value,
          lo,
          hi,
          unit: 'us',
        },
      ];
    }),
  );
}
