/** The table of an open load at one rate for all servers: response times, after the main one. Pure. */

import { count, shortNumber } from '../findings/format.js';
import { type RunHeader, workloadText } from '../results/schema.js';
import type { Interval } from '../stats/interval.js';
import { askedBlocks } from '../stats/precision.js';
import type { Sweep, SweepPoint } from '../stats/sweep.js';
import { intervalPair, right } from './cells.js';
import type { Column, Pair } from './columns.js';

/** Whether every server was measured at one rate, which all of them share. */
export function isPaced({ commonRates, subjects }: Sweep): boolean {
  return commonRates.length === 1 && subjects.every(({ points }) => points.length === 1);
}

/** `keepalive, 64 connections, all servers at 47.6k requests/s: 6 blocks`. */
export function pacedTitle(
  { plan }: RunHeader,
  { commonRates: [rate = 0], subjects }: Sweep,
): string {
  const open = plan.conditions.find(({ load }) => load.kind === 'open');
  if (open === undefined) throw new Error('no open load');
  const clients = `${workloadText(open)}, ${count(open.connections, 'connection')}`;
  const most = Math.max(...subjects.flatMap(({ points }) => points.map(({ n }) => n)));
  const blocks = count(askedBlocks(plan, open.id, most), 'block');
  return `${clients}, all servers at ${shortNumber(rate)} requests/s: ${blocks}`;
}

/** p50, p99 and p99.9 of each server, with intervals; labels: its first column. */
export function pacedColumns({ subjects }: Sweep, labels: Column): Column[] {
  const column = (head: string, read: (point: SweepPoint) => Interval) =>
    right([head, 'us, median, 95 %'], subjects, ({ points: [point] }) =>
      point ? cellOf(read(point), point) : '-',
    );
  return [
    labels,
    column('p50', ({ p50 }) => p50),
    column('p99', ({ p99 }) => p99),
    column('p99.9', ({ p999 }) => p999),
  ];
}

function cellOf(us: Interval, { doubts }: SweepPoint): Pair {
  const [value, range] = intervalPair(us);
  const isMarked = us.estimate !== null && Object.keys(doubts).length > 0;
  return [`${value}${isMarked ? '!' : ''}`, range];
}
